import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export function jobFolder(root: string, label: string): string {
  return join(root, 'jobs', label)
}

export function has(folder: string, name: string): boolean {
  return existsSync(join(folder, name))
}

/** At most `max` bytes of a file, or undefined when there is none. */
export async function readSome(file: string, max: number): Promise<string | undefined> {
  try {
    const handle = await open(file, 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(max), 0, max, 0)
      return buffer.subarray(0, bytesRead).toString('utf8')
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Writes a whole file unless it is there: of two writers the first one wins. */
export async function writeOnce(folder: string, name: string, content: string): Promise<void> {
  const draft = join(folder, `${name}.${randomUUID()}`)
  await writeFile(draft, content, { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, join(folder, name))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
}

export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
