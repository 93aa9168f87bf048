import { z } from 'zod'

/** A queue's name becomes part of a job description. */
export const Queue = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'a queue has letters, digits, dots, dashes and underscores')

/** From config.yaml. Each is told in readme.md. */
export const ArcOptions = z.strictObject({
  queue: Queue.optional(),
  queues: z.record(z.string(), Queue).default({}),
  delegation: z.enum(['none', 'x509']).default('none'),
  idsPerCall: z.number().int().min(1).max(1_000).default(100),
  mostListed: z.number().int().min(1).max(100_000).default(5_000),
  timeoutSeconds: z.number().int().min(1).max(600).default(20),
  cleanSeconds: z.number().int().min(0).max(60).default(20),
})
export type ArcOptions = z.infer<typeof ArcOptions>
