import { createPrivateKey, X509Certificate } from 'node:crypto'
import { InputError, messageOf } from '../domain/errors.ts'
import { utcWords } from '../domain/zone.ts'
import { readKeyFile, readSecret } from './mail/key-file.ts'

export type TlsFiles = { keyFile: string; certificateFile: string }
/** PEM. `untilMs`: when the first certificate ends, ms since 1970. */
export type TlsPair = { key: string; cert: string; untilMs: number }

/** Reads a key, which nobody else may read, and its certificate with the ones between. Throws InputError when they do not go together. */
export async function readTlsPair({ keyFile, certificateFile }: TlsFiles): Promise<TlsPair> {
  const [key, cert] = [await readSecret(keyFile), await readKeyFile(certificateFile)]
  const first = parsed(certificateFile, 'certificate', () => new X509Certificate(cert))
  const own = parsed(keyFile, 'key', () => createPrivateKey(key))
  if (!first.checkPrivateKey(own))
    throw new InputError(`${keyFile} is not the key of ${certificateFile}: give the two that were made together`, [])
  return { key, cert, untilMs: Date.parse(first.validTo) }
}

const WARNED_MS = 14 * 86_400_000

/** Why browsers will not trust it, now or soon; undefined when they may. Who signed it is not asked: they bring their own list. */
export function certificateProblem({ cert }: TlsPair, { host, nowMs }: { host: string; nowMs: number }): string | undefined {
  const first = new X509Certificate(cert)
  const [fromMs, untilMs] = [Date.parse(first.validFrom), Date.parse(first.validTo)]
  if (nowMs < fromMs) return `the certificate holds only from ${utcWords(fromMs)} on: compare the clock of this machine`
  if (nowMs >= untilMs) return `the certificate ended ${utcWords(untilMs)}: renew it; a running \`ssc serve\` takes the new file by itself`
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const isFor = (bare.includes(':') || /^[\d.]+$/.test(bare) ? first.checkIP(bare) : first.checkHost(bare)) !== undefined
  if (!isFor)
    return `the certificate is for ${first.subjectAltName ?? 'no host'}, and not for ${bare}: set operator.url to its name, or get another one`
  if (untilMs - nowMs < WARNED_MS)
    return `the certificate ends ${utcWords(untilMs)}: renew it; a running \`ssc serve\` takes the new file by itself`
  return undefined
}

function parsed<T>(file: string, what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new InputError(`${file} holds no ${what} in PEM (${messageOf(error)})`, [])
  }
}
