import type { SlurmOptions } from './schema.ts'

/** `host` = what `ctx.at` takes, or '' where commands run. */
export type Cluster = { host: string; partition?: string }

const PARTITION = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/
const HOST = /^([A-Za-z0-9]([A-Za-z0-9.-]{0,252})|\[[0-9a-f:]{2,45}\])$/i
const URL_LIKE = /^(ssh|slurm):\/\/([^/:@?#[\]]{1,253}|\[[^\]]{1,45}\])(?::(\d{1,5}))?(?:\/([^/]*))?$/

/**
 * `ssh://host[:port][/partition]`; where commands run here, also `slurm://host[/partition]`, whose host names the cluster
 * for the gate. Undefined for everything else.
 */
export function readEndpoint(endpoint: string, { over }: Pick<SlurmOptions, 'over'>): Cluster | undefined {
  const [all, scheme, host = '', port = '22', partition = ''] = URL_LIKE.exec(endpoint) ?? []
  if (all === undefined || !HOST.test(host) || Number(port) < 1 || Number(port) > 65_535) return undefined
  if (partition !== '' && !PARTITION.test(partition)) return undefined
  if (scheme === 'slurm' && over === 'ssh') return undefined
  const where = over === 'commands' ? '' : `ssh://${host}:${Number(port)}`
  return partition === '' ? { host: where } : { host: where, partition }
}

/** Our native id: slurm's, and before it the host that knows it where that is reached by ssh. */
export function nativeIdOf(host: string, id: string): string {
  return host === '' ? id : `${host}/${id}`
}

/** Undefined when we can never have given it. */
export function readNativeId(nativeId: string, { over }: Pick<SlurmOptions, 'over'>): { host: string; id: string } | undefined {
  const [all, host = '', id = ''] = /^(?:(ssh:\/\/[^/]{1,300})\/)?([1-9]\d{0,9})$/.exec(nativeId) ?? []
  if (all === undefined || (host === '') !== (over === 'commands')) return undefined
  if (over === 'commands') return { host, id }
  return readEndpoint(host, { over })?.host === host ? { host, id } : undefined
}
