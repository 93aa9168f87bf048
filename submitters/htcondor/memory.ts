import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Queue } from './place.ts'

/** Which queue a label was sent to: a lookup by label has nothing else to go by. */
export async function rememberQueue(folder: string, label: string, { key }: Queue): Promise<void> {
  await mkdir(join(folder, 'queues'), { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'queues', label), key, { mode: 0o600 })
}

/** The key of a queue, or undefined when no job of this label was ever sent from here. */
export async function queueOfLabel(folder: string, label: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, 'queues', label), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** HTCondor's history never forgets a job that was cleaned: we do. */
export async function forget(folder: string, nativeId: string): Promise<void> {
  await mkdir(join(folder, 'cleaned'), { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'cleaned', nameOf(nativeId)), '', { mode: 0o600 })
}

export function isForgotten(folder: string, nativeId: string): boolean {
  return existsSync(join(folder, 'cleaned', nameOf(nativeId)))
}

/** Native ids are letters, digits and `:/.-` alone. */
function nameOf(nativeId: string): string {
  return encodeURIComponent(nativeId)
}
