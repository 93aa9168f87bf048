import { Label } from '../../core/domain/submitter.ts'

/** An address is in brackets. */
const HOST = String.raw`\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?`
const ENDPOINT = new RegExp(`^(?:ssh://)?(${HOST})(?::([0-9]{1,5}))?/?$`)
const NATIVE_ID = new RegExp(`^(${HOST}):([0-9]{1,5})/([^/]+)$`)

/** `host:port`, always with the port. */
export type Host = string
export type Job = { host: Host; label: string }

/** `ssh://host[:port]` or `host[:port]`; nothing else gets as far as a connection. */
export function hostOf(endpoint: string): Host | undefined {
  const [, host, port = '22'] = ENDPOINT.exec(endpoint) ?? []
  return host === undefined || !isPort(port) ? undefined : `${host.toLowerCase()}:${Number(port)}`
}

export function nativeId({ host, label }: Job): string {
  return `${host}/${label}`
}

/** Only what `nativeId` gives is one. */
export function jobOf(id: string): Job | undefined {
  const [, host, port = '', label = ''] = NATIVE_ID.exec(id) ?? []
  if (host === undefined || !isPort(port) || !Label.safeParse(label).success) return undefined
  const job = { host: `${host}:${port}`, label }
  return nativeId(job) === id ? job : undefined
}

function isPort(text: string): boolean {
  return Number(text) >= 1 && Number(text) <= 65_535
}
