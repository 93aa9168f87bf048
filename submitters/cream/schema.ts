import { z } from 'zod'
import { SiteName } from '../../core/domain/site.ts'

/** What follows `cream-` in a CEId: the batch system's name, which holds no dash, and the queue. */
export const Queue = z
  .string()
  .regex(
    /^[A-Za-z0-9_]{1,50}-[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/,
    'give batch system and queue as they stand in the CEId, for example pbs-ops',
  )

/** From `config.yaml`. The endpoints come from the federation; a queue stands in none of them, so it must be told. */
export const CreamOptions = z.strictObject({
  /** For every site that `queues` does not name. */
  queue: Queue.optional(),
  queues: z.record(SiteName, Queue).default({}),
  /** Of a computing element whose endpoint names none. */
  port: z.number().int().min(1).max(65535).default(8443),
})
export type CreamOptions = z.infer<typeof CreamOptions>

/** So many ids in one command: a service that fails with one batch must not take all others with it. */
export const CHUNK = 50
