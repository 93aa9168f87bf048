import type { Outcome, Target } from '../../core/domain/submitter.ts'
import { Queue, type WmsOptions } from './schema.ts'

const ENDPOINT = /^(?:https:\/\/)?([A-Za-z0-9][A-Za-z0-9.-]{0,252})(?::(\d{1,5}))?(?:\/([A-Za-z0-9._~/-]{0,500}))?$/
/** The server of logging and bookkeeping, and 22 letters of a hash (`glite::jobid::JobId`). */
const JOB_ID = /^https:\/\/([A-Za-z0-9][A-Za-z0-9.-]{0,252})(?::\d{1,5})?\/([A-Za-z0-9_-]{22})$/

/** `host:port/cream-<batch system>-<queue>` of the request's computing element: no matchmaking finds another one. */
export function ceIdOf({ site, endpoint }: Target, options: WmsOptions): Outcome<string> {
  const no = (reason: string) => ({ ok: false, transient: false, reason }) as const
  const [, host, port = String(options.port), path = ''] = ENDPOINT.exec(endpoint) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65535)
    return no('the endpoint is not a computing element, such as https://ce.site.example:8443/cream-pbs-ops')
  const isQueue = Queue.safeParse(path).success
  if (!isQueue && /^(?:cream|jobmanager|nordugrid)-/.test(path)) return no('what follows the slash is not the queue of a CEId')
  const told = (Object.hasOwn(options.queues, site) ? options.queues[site] : undefined) ?? options.queue
  const queue = isQueue ? path : told
  if (queue === undefined)
    return no(`no queue is known for ${site}: name it below submitters.glite-wms.options in config.yaml (queue, or queues)`)
  return { ok: true, value: `${host}:${port}/${queue}` }
}

export function isJobId(text: string): boolean {
  return JOB_ID.test(text)
}

/** The bookkeeping server that an id names. */
export function serverOfId(id: string): string {
  return (JOB_ID.exec(id)?.[1] ?? '').toLowerCase()
}

export function uniqueOf(id: string): string {
  return JOB_ID.exec(id)?.[2] ?? ''
}

export function isOurServer(host: string, options: WmsOptions): boolean {
  return options.lb.some((one) => one.replace(/:\d+$/, '').toLowerCase() === host.toLowerCase())
}
