import type { Config } from './config.ts'
import { isLoopback } from './domain/loopback.ts'

/** What the agents are told, in the order in which they try. */
export function listenerUrlsOf({ listener }: Pick<Config, 'listener'>): string[] {
  return [listener.url ?? `http://${listener.host}:${listener.port}`, ...listener.more]
}

/** Where sites find the form of the common report: on a door of its own, beside the listener. */
export function sitesUrlOf({ sites }: Pick<Config, 'sites'>): string {
  return sites.url ?? `http://${sites.host}:${sites.port}`
}

/** Where the officers' pages are, as it is typed into a browser. Passkeys need a name: on this machine it is `localhost`. */
export function officeOriginOf({ url, host, port, certificateFile }: Config['operator']): string {
  if (url !== undefined) return new URL(url).origin
  const name = isLoopback(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `${certificateFile === undefined ? 'http' : 'https'}://${name}:${port}`
}
