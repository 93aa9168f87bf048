import { z } from 'zod'

/** From `run.yaml`; nothing needs to be given. */
export const LocalOptions = z.strictObject({
  /** How long a cancelled job may take to say farewell before it is killed. */
  graceMs: z.number().int().min(0).max(60_000).default(5_000),
})
export type LocalOptions = z.infer<typeof LocalOptions>
