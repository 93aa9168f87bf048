import type { HtcondorOptions } from './schema.ts'

/** Where a queue is: the collector that is asked, and the schedd's name there. `key` stands in our native ids. */
export type Queue = { pool: string; name: string; key: string }

const DEFAULT_PORT = 9619
const ENDPOINT = /^(?:(?:condor|htcondor|https):\/\/)?([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::(\d{1,5}))?\/?$/
const JOB = /^([1-9]\d{0,9})\.(\d{1,6})$/

/** `host[:port]` of a computing element, also as a URL; the VO's schedd where the options name one. */
export function readEndpoint(endpoint: string, options: HtcondorOptions): Queue | undefined {
  const { pool, schedd } = options
  const [all, host = '', port = String(DEFAULT_PORT)] = ENDPOINT.exec(endpoint) ?? []
  if (all === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined
  if (pool !== undefined && schedd !== undefined) return { pool, name: schedd, key: '' }
  return { pool: `${host}:${Number(port)}`, name: host, key: `condor://${host}:${Number(port)}` }
}

/** HTCondor's `cluster.proc`, and before it the computing element that knows it. */
export function nativeIdOf({ key }: Queue, job: string): string {
  return key === '' ? job : `${key}/${job}`
}

/** Undefined when we can never have given it. */
export function readNativeId(nativeId: string, options: HtcondorOptions): { queue: Queue; job: string } | undefined {
  const cut = nativeId.lastIndexOf('/')
  const [key, job] = [nativeId.slice(0, Math.max(cut, 0)), nativeId.slice(cut + 1)]
  if (!JOB.test(job) || (key === '') !== (options.schedd !== undefined)) return undefined
  const queue = readEndpoint(key === '' ? 'vo' : key, options)
  return queue?.key === key ? { queue, job } : undefined
}

/** Options of all commands but condor_submit. */
export function whereIs({ pool, name }: Queue): string[] {
  return ['-pool', pool, '-name', name]
}
