import type { Config } from './config.ts'
import { RefusedError } from './domain/errors.ts'
import { isLoopback } from './domain/loopback.ts'

type Doors = Pick<Config, 'listener' | 'operator' | 'sites' | 'inbox'>
const names = ['listener', 'operator', 'sites', 'inbox'] as const

/** Which doors of an instance would share a port, one line each; who may knock at one must not come in by another. */
export function sharedPorts(config: Doors): string[] {
  return names.flatMap((one, i) => names.slice(i + 1).flatMap((other) => sharing(config, one, other) ?? []))
}

/** Throws RefusedError. */
export function refuseSharedPorts(config: Doors): void {
  const shared = sharedPorts(config)
  if (shared.length > 0) throw new RefusedError(shared.join('\n'))
}

type Name = (typeof names)[number]

function sharing(config: Doors, one: Name, other: Name): string | undefined {
  const [a, b] = [config[one], config[other]]
  // Port 0 is a free one, another each time.
  if (a.port === 0 || a.port !== b.port || !overlap(a.host, b.host)) return undefined
  return `${one} and ${other} share port ${a.port} (${a.host} and ${b.host}): set ${one}.port or ${other}.port in config.yaml to another one`
}

/** Whether what comes to one of these hosts could come to the other. Of a name it is not known where it leads. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [one, other].map((host) => host.toLowerCase().replace(/^\[(.*)\]$/, '$1')) as [string, string]
  if (a === b || isEverywhere(a) || isEverywhere(b) || !isAddress(a) || !isAddress(b)) return true
  return isLoopback(a) && isLoopback(b)
}

function isEverywhere(host: string): boolean {
  return ['0.0.0.0', '::', ''].includes(host)
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host)
}
