import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Label } from '../../core/domain/submitter.ts'
import { TASK_ID } from './api.ts'

/** By then PanDA's own list knows a task, or never will. */
const FORGET_MS = 24 * 3_600_000

/**
 * Which task a label became. PanDA's lists know a task only some minutes after it was submitted; until then this is how it
 * is found again. Never believed alone: the server is asked for the name of that task.
 */
export async function writeRecord(folder: string, label: string, id: string): Promise<void> {
  const records = join(folder, 'tasks')
  await mkdir(records, { recursive: true, mode: 0o700 })
  const draft = join(records, `.${randomUUID()}`)
  await writeFile(draft, id, { mode: 0o600, flag: 'wx' })
  await rename(draft, join(records, label))
}

export async function readRecord(folder: string, label: string): Promise<string | undefined> {
  if (!Label.safeParse(label).success) return undefined
  try {
    const handle = await open(join(folder, 'tasks', label), 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(32), 0, 32, 0)
      const id = buffer.toString('latin1', 0, bytesRead)
      return TASK_ID.test(id) ? id : undefined
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Removes what PanDA's lists have long taken over. Best effort: a file that stays harms nobody. */
export async function forgetOldRecords(folder: string, nowMs: number): Promise<void> {
  const records = join(folder, 'tasks')
  for (const name of await readdir(records).catch(() => [])) {
    const file = join(records, name)
    const age = await stat(file).then(
      ({ mtimeMs }) => nowMs - mtimeMs,
      () => 0,
    )
    if (age > FORGET_MS) await rm(file, { force: true }).catch(() => undefined)
  }
}
