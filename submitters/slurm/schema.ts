import { z } from 'zod'

const Name = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/, 'a name has letters, digits, dots, dashes and underscores')

/** From `submitters.slurm.options` of config.yaml. */
export const SlurmOptions = z.strictObject({
  /** `ssh`: on the host of the site's endpoint; `commands`: where the core runs commands, for a cluster that these reach. */
  over: z.enum(['ssh', 'commands']).default('ssh'),
  /** Of the account, below its home unless it begins with /; login host and nodes must share it. */
  folder: z
    .string()
    .max(200)
    .regex(/^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, 'a folder has letters, digits, dots, dashes and underscores')
    .refine((folder) => !folder.split('/').some((part) => part === '..' || part === '.'), 'a folder has no part . or ..')
    .default('.ssc-slurm'),
  account: Name.optional(),
  qos: Name.optional(),
  /** What the job asks for, MiB; where memory is shared out and the site has no default, a job gets all that the node has. */
  memoryMb: z.number().int().min(1).max(100_000).optional(),
  /** How many ids are asked for at once. */
  chunk: z.number().int().min(1).max(1000).default(200),
  /** How long a submission waits for another one of the same label, seconds. */
  patienceSeconds: z.number().int().min(0).max(45).default(20),
})
export type SlurmOptions = z.infer<typeof SlurmOptions>
