import type { Config } from './config.ts'

/** What the agents are told, in the order in which they try. */
export function listenerUrlsOf({ listener }: Pick<Config, 'listener'>): string[] {
  return [listener.url ?? `http://${listener.host}:${listener.port}`, ...listener.more]
}

/** Where sites find the form of the common report: on a door of its own, beside the listener. */
export function sitesUrlOf({ sites }: Pick<Config, 'sites'>): string {
  return sites.url ?? `http://${sites.host}:${sites.port}`
}
