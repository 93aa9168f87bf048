import { z } from 'zod'

/** The name of a job: safe in a path, a command and JSON. */
export const JobName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, 'a job name has 1 to 200 letters, digits, dots, dashes or underscores')

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
  at: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  farewell: z.enum(['told', 'expired', 'signal']).exactOptional(),
})
export type HeartbeatBody = z.infer<typeof HeartbeatBody>
