import { Path } from './schema.ts'

/** A host name or an IPv4 address, with a port; a path may follow. Nothing else gets into an argument. */
const ENDPOINT =
  /^(?:(?:gsiftp|gridftp):\/\/)?(?<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::(?<port>[1-9]\d{0,4}))?(?<path>\/.*)?$/s

/** `server`: `gsiftp://host:port`, without a path. */
export type Place = { server: string; path: string }

/**
 * A site's endpoint as GOCDB gives it: a URL or a bare `host[:port]`. Port 2811 is IANA's for gsiftp.
 * Undefined for anything that is no such address.
 */
export function placeOf(endpoint: string, defaultPath: string): Place | undefined {
  const groups = ENDPOINT.exec(endpoint)?.groups
  if (groups === undefined || Number(groups.port ?? 2811) > 65_535) return undefined
  const path = groups.path === undefined || groups.path === '/' ? defaultPath : groups.path
  return Path.safeParse(path).success ? { server: `gsiftp://${groups.host}:${groups.port ?? 2811}`, path } : undefined
}

/** A directory's URL ends with a slash, else the server takes it for a file. */
export function urlOf({ server, path }: Place): string {
  return `${server}${path.replace(/\/*$/, '/')}`
}
