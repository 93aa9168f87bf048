import { z } from 'zod'
import { TransientError } from '../../core/domain/errors.ts'
import { ask, type Context, type Envelope, TASK_ID } from './api.ts'
import { readRecord } from './records.ts'
import { taskName } from './task.ts'

const Task = z.object({ jediTaskID: z.number().int().positive(), status: z.string().max(100), taskName: z.string().max(300) })
export type Task = z.infer<typeof Task>

/** Older than any task: the server moves it up to 30 days ago by its own clock. */
const SINCE = '2000-01-01 00:00:00'

/** The identity's own tasks that changed in the last 30 days, as far as JEDI has taken them up. The answer's keys are request numbers, not task ids. */
export async function listTasks(ctx: Context, from?: string): Promise<Task[]> {
  const envelope = await ask(ctx, 'task/get_tasks_modified_since', {
    since: SINCE,
    // Whether the border itself belongs to the answer is not documented.
    ...(from !== undefined && { min_task_id: Number(from) - 1 }),
    prod_source_label: ctx.options.prodSourceLabel,
  })
  if (!envelope.success || envelope.data === null || typeof envelope.data !== 'object') throw noAnswer(envelope, 'tasks')
  return Object.values(envelope.data).flatMap((one) => Task.safeParse(one).data ?? [])
}

/** The task of a label, also when it has ended; of several the newest. Throws when the server does not say. */
export async function findTask(label: string, ctx: Context): Promise<string | undefined> {
  const name = taskName(label, ctx.options)
  const ids = (await listTasks(ctx)).filter((task) => task.taskName === name).map((task) => task.jediTaskID)
  if (ids.length > 0) return String(Math.max(...ids))
  const recorded = await readRecord(ctx.folder, label)
  return recorded !== undefined && (await registeredName(recorded, ctx)) === name ? recorded : undefined
}

/**
 * The name of a task as it was registered, which the server knows from the moment of submission, while everything else is
 * known of it only once JEDI has taken it up, after some minutes. Undefined when there is no such task.
 */
export async function registeredName(id: string, ctx: Context): Promise<string | undefined> {
  const envelope = await ask(ctx, 'task/get_task_parameters', { task_id: id })
  if (!envelope.success) {
    if (isNotFound(envelope)) return undefined
    throw noAnswer(envelope, `task ${id}`)
  }
  const { taskName: name } = z
    .object({ taskName: z.string().catch('') })
    .catch({ taskName: '' })
    .parse(envelope.data)
  return name
}

export function isNotFound({ success, message }: Envelope): boolean {
  return !success && /^task not found/i.test(message)
}

export function noAnswer({ message }: Envelope, what: string): TransientError {
  return new TransientError(`PanDA does not tell of ${what}: ${message === '' ? 'no reason given' : message}`)
}

/** The id that a message names. */
export function idIn(message: string): string | undefined {
  const id = /jediTaskID\s*[=:]?\s*(\d+)/i.exec(message)?.[1]
  return id !== undefined && TASK_ID.test(id) ? id : undefined
}
