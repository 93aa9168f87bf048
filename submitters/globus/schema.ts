import { z } from 'zod'

/** A word of RSL without any sign that means something there. */
const Word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'letters, digits, dots, dashes and underscores')

export const GlobusOptions = z.strictObject({
  /** The service of the gatekeeper for an endpoint that names none. */
  service: Word.default('jobmanager'),
  /** The queue of the site's batch system. */
  queue: Word.optional(),
  /** The account or project that the batch system books the job on. */
  project: Word.optional(),
  /** The service that runs a small job at once, which looks what became of others; without looks DONE proves nothing. */
  lookService: Word.default('jobmanager-fork'),
  /** Whether such jobs may be sent. They need a way back: the site connects to this host. */
  looks: z.boolean().default(true),
  /** The jobs of one such look. */
  idsPerLook: z.number().int().min(1).max(100).default(50),
  /** The most calls at once of one bulk call. */
  callsAtOnce: z.number().int().min(1).max(16).default(4),
  /** The longest time of one call, s. To cancel takes more than 5. */
  callSeconds: z.number().int().min(5).max(600).default(60),
})
export type GlobusOptions = z.infer<typeof GlobusOptions>
