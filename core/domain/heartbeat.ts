import { z } from 'zod'

/** The name of a job: safe in a path, a command and JSON. */
export const JobName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, 'a job name has 1 to 200 letters, digits, dots, dashes or underscores')

const moment = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)

/** Why an agent did not obey. `unverified`: its machine has no means to check a signature. */
export const refusals = ['malformed', 'foreign', 'forged', 'unverified', 'replayed', 'expired', 'not declared'] as const

/** What became of the newest task. */
export const TaskResult = z.strictObject({
  /** Its sequence; 0 when the order could not be read. */
  task: z
    .number()
    .int()
    .min(0)
    .max(2 ** 52),
  outcome: z.enum(['done', 'failed', 'refused']),
  why: z.enum(refusals).exactOptional(),
  /** Of `contact` the HTTP status (0: nobody answered), of `spawn` how many children there are now, else the task's own number. */
  number: z.number().int().min(0).max(9_999).exactOptional(),
  /** What `report` saw; each empty where the machine did not tell. */
  report: z
    .strictObject({
      uid: z.string().regex(/^\d{0,10}$/),
      batchJob: z.string().regex(/^[A-Za-z0-9._:@[\]/+-]{0,200}$/),
      folder: z.string().regex(/^[A-Za-z0-9._:@/+,=-]{0,300}$/),
    })
    .exactOptional(),
})
export type TaskResult = z.infer<typeof TaskResult>

/** A heartbeat as the agent sends it. The agent's own time is evidence only. */
export const HeartbeatBody = z.strictObject({
  job: JobName,
  sequence: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
  host: z.string().regex(/^[A-Za-z0-9._-]{1,200}$/),
  pid: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
  at: moment,
  farewell: z.enum(['told', 'expired', 'signal']).exactOptional(),
  result: TaskResult.exactOptional(),
})
export type HeartbeatBody = z.infer<typeof HeartbeatBody>
