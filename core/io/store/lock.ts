import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RefusedError } from '../../domain/errors.ts'
import { processIdentity, processLives } from '../process-identity.ts'

/** Makes this process the only one that has the folder open; gives back the function that ends it. */
export async function lockFolder(home: string): Promise<() => void> {
  const file = join(home, 'lock')
  const mine = `${file}.${process.pid}`
  writeFileSync(mine, processIdentity(), { mode: 0o600 })
  try {
    while (!tryLink(mine, file)) {
      const holder = read(file)
      if (holder !== undefined && processLives(holder))
        throw new RefusedError(
          `${home} is in use by process ${holder.split(':')[1]}. Wait until it ends, or set SSC_HOME to another folder.`,
        )
      rmSync(file, { force: true })
    }
  } finally {
    rmSync(mine, { force: true })
  }
  return () => rmSync(file, { force: true })
}

/** A hard link appears with its content, or not at all. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (existsSync(to)) return false
    throw error
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
