import { z } from 'zod'
import { SiteName } from '../../core/domain/site.ts'

/** What follows the slash of a CEId: the kind of computing element, its batch system and the queue. */
export const Queue = z
  .string()
  .regex(
    /^[a-z]{2,20}-[A-Za-z0-9_]{1,50}-[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/,
    'give what follows the slash of the CEId, for example cream-pbs-ops',
  )

const Host = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\d{1,5})?$/, 'give a host, or host:port')

/** From `config.yaml`. The endpoints of the federation are the computing elements; server and bookkeeping are the VO's choice. */
export const WmsOptions = z.strictObject({
  /** The WMProxy that takes the jobs. */
  server: z
    .string()
    .regex(
      /^https:\/\/[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\d{1,5})?(?:\/[A-Za-z0-9._~/-]{0,300})?$/,
      'give a URL, such as https://wms.example:7443/glite_wms_wmproxy_server',
    ),
  /** The logging and bookkeeping servers that this WMS uses: ids of other servers are not followed. */
  lb: z.array(Host).min(1, 'name the logging and bookkeeping servers of the WMS'),
  /** For every site that `queues` does not name. */
  queue: Queue.optional(),
  queues: z.record(SiteName, Queue).default({}),
  /** Of a computing element whose endpoint names none. */
  port: z.number().int().min(1).max(65535).default(8443),
})
export type WmsOptions = z.infer<typeof WmsOptions>

/** So many ids in one command. */
export const CHUNK = 50
