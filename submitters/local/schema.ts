import { z } from 'zod'

/** From `run.yaml`; nothing needs to be given. */
export const LocalOptions = z.strictObject({
  /** How long a cancelled job may take to say farewell before it is killed. */
  graceMs: z.number().int().min(0).max(60_000).default(5_000),
})
export type LocalOptions = z.infer<typeof LocalOptions>

/** A label becomes a folder's name. */
export const Label = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/, 'a label has 1 to 200 letters, digits, dots, dashes or underscores')

/** Half a megabyte is far more than any agent. */
export const MAX_SCRIPT_BYTES = 512 * 1024
export const MAX_OUTPUT_BYTES = 64 * 1024
