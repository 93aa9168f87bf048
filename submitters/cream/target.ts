import type { Outcome, Target } from '../../core/domain/submitter.ts'
import { type CreamOptions, Queue } from './schema.ts'

/** A computing element: `address` is host and port, `id` names the queue too (CEUrl.cpp of cream-client-api-c: `s_ceid_pattern`). */
export type ComputingElement = { host: string; address: string }

const ENDPOINT = /^(?:https:\/\/)?([A-Za-z0-9][A-Za-z0-9.-]{0,252})(?::(\d{1,5}))?(?:\/([A-Za-z0-9._~/-]{0,500}))?$/
const JOB_ID = /^https:\/\/([A-Za-z0-9][A-Za-z0-9.-]{0,252}):\d{1,5}\/CREAM\d{1,20}$/

/** The computing element of an endpoint: a URL, a CEId, or a bare host; undefined when it is none of these. */
export function elementOf(endpoint: string, options: CreamOptions): (ComputingElement & { queue?: string }) | undefined {
  const [, host, port = String(options.port), path = ''] = ENDPOINT.exec(endpoint) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65535) return undefined
  const queue = path.startsWith('cream-') ? path.slice('cream-'.length) : undefined
  if (queue !== undefined && !Queue.safeParse(queue).success) return undefined
  return { host: host.toLowerCase(), address: `${host}:${port}`, ...(queue === undefined ? {} : { queue }) }
}

/** `host:port/cream-<batch system>-<queue>` for a request. */
export function ceIdOf({ site, endpoint }: Target, options: CreamOptions): Outcome<{ host: string; ceId: string }> {
  const no = (reason: string) => ({ ok: false, transient: false, reason }) as const
  const element = elementOf(endpoint, options)
  if (element === undefined) return no('the endpoint is not a CREAM computing element, such as https://ce.site.example:8443/cream-pbs-ops')
  const queue = element.queue ?? (Object.hasOwn(options.queues, site) ? options.queues[site] : undefined) ?? options.queue
  if (queue === undefined)
    return no(`no queue is known for ${site}: name it below submitters.cream.options in config.yaml (queue, or queues)`)
  return { ok: true, value: { host: element.host, ceId: `${element.address}/cream-${queue}` } }
}

export function isJobId(text: string): boolean {
  return JOB_ID.test(text)
}

/** The host that gave this id; only for what `isJobId` takes. */
export function hostOfId(id: string): string {
  return (JOB_ID.exec(id)?.[1] ?? '').toLowerCase()
}

/** The client prints some ids without their service. */
export function numberOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1)
}
