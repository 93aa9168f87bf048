import type { Server } from 'node:https'
import type { Config } from './config.ts'
import { messageOf } from './domain/errors.ts'
import { isLoopback } from './domain/loopback.ts'
import { every } from './every.ts'
import { certificateProblem, readTlsPair, type TlsFiles, type TlsPair } from './io/tls-pair.ts'

type Log = (message: string, data?: Record<string, unknown>) => void

/** How often the files are looked at: who renews a certificate waits no longer. */
export const LOOK_MS = 60_000

/** The files with which the officers' pages speak TLS themselves; undefined where a proxy does, or nobody. */
export function tlsFilesOf({ keyFile, certificateFile }: Config['operator']): TlsFiles | undefined {
  return keyFile === undefined || certificateFile === undefined ? undefined : { keyFile, certificateFile }
}

/** What keeps browsers from the officers' pages; undefined when nothing does. Throws InputError when the certificate cannot be used. */
export async function officeTlsProblem({ operator }: Pick<Config, 'operator'>, origin: string, nowMs: number): Promise<string | undefined> {
  const files = tlsFilesOf(operator)
  const { protocol, hostname } = new URL(origin)
  if (files !== undefined) return certificateProblem(await readTlsPair(files), { host: hostname, nowMs })
  if (protocol === 'https:' || isLoopback(hostname)) return undefined
  return `browsers make no passkeys at ${origin}: set operator.keyFile and certificateFile, or a proxy with TLS before it and operator.url to its https address`
}

/** New connections get the certificate of the files, however often it is renewed. One that cannot be used is told, and the one before it stays. */
export function followCertificate(
  server: Pick<Server, 'setSecureContext'>,
  { files, first, log, everyMs = LOOK_MS }: { files: TlsFiles; first: TlsPair; log: Log; everyMs?: number },
): () => Promise<void> {
  let [used, told] = [first.cert + first.key, '']
  const look = async () => {
    const pair = await readTlsPair(files)
    told = ''
    if (pair.cert + pair.key === used) return
    server.setSecureContext({ key: pair.key, cert: pair.cert })
    used = pair.cert + pair.key
    log('the renewed certificate is used', { until: new Date(pair.untilMs).toISOString() })
  }
  return every(everyMs, look, (error) => {
    // Once, and not in each turn.
    if (messageOf(error) !== told) log('the renewed certificate cannot be used; the one before it stays', { reason: messageOf(error) })
    told = messageOf(error)
  })
}
