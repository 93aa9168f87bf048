import { z } from 'zod'

/** From `config.yaml`; nothing needs to be given. */
export const SshOptions = z.strictObject({
  /** Where the jobs' files lie on the hosts: below the account's home, or a whole path. */
  folder: z
    .string()
    .regex(/^(\/|\.?[A-Za-z0-9_])[A-Za-z0-9_./-]{0,199}$/, 'a folder has letters, digits, dots, dashes and underscores')
    .refine((folder) => !folder.split('/').includes('..'), 'a folder without ..')
    .default('.ssc'),
  /** How long a cancelled job may take to say farewell before it is killed. */
  graceMs: z.number().int().min(0).max(60_000).default(5_000),
})
export type SshOptions = z.infer<typeof SshOptions>
