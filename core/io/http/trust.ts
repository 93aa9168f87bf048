import { createHash, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { messageOf, TransientError } from '../../domain/errors.ts'

/** `version` changes with the certificates. */
export type Trust = { version: string; certificates: readonly string[] }

const MOST_FILES = 5_000
const MOST_FILE_BYTES = 1024 * 1024
/** The bundle of Debian's family, of Red Hat's, of SUSE's. */
const SYSTEM_BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/ca-bundle.pem']
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

const folders = new Map<string, { mtimeMs: number; trust: Promise<Trust> }>()
let system: Promise<readonly string[]> | undefined

/** The CAs of a folder (`*.pem`, `*.crt`, `*.0`) and the system's. Read anew when the folder has changed. */
export async function readTrust(folder: string): Promise<Trust> {
  const mtimeMs = await stat(folder).then(
    (found) => found.mtimeMs,
    () => 0,
  )
  const known = folders.get(folder)
  if (known?.mtimeMs === mtimeMs) return known.trust
  const trust = readFolder(folder, mtimeMs)
  folders.set(folder, { mtimeMs, trust })
  trust.catch(() => folders.delete(folder))
  return trust
}

async function readFolder(folder: string, mtimeMs: number): Promise<Trust> {
  system ??= readSystem()
  // A missing folder is no fault where all services have certificates that the system trusts.
  const own = mtimeMs === 0 ? [] : await readAuthorities(folder)
  const certificates = [...new Set([...(await system), ...own])]
  const version = createHash('sha256').update(certificates.join('\n')).digest('hex').slice(0, 16)
  return { version, certificates }
}

async function readAuthorities(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => /\.(pem|crt|0)$/.test(name)).slice(0, MOST_FILES)
    const texts: string[] = []
    for (const name of names) texts.push(await readSmall(join(folder, name)))
    return texts.flatMap(certificatesOf)
  } catch (error) {
    throw new TransientError(`the CA folder ${folder} cannot be read: ${messageOf(error)}`)
  }
}

/** The hash links of a grid's folder may point to nothing; that CA is then missing, and the others stay. */
async function readSmall(file: string): Promise<string> {
  try {
    const found = await stat(file)
    return found.isFile() && found.size <= MOST_FILE_BYTES ? await readFile(file, 'latin1') : ''
  } catch {
    return ''
  }
}

async function readSystem(): Promise<readonly string[]> {
  const bundle = SYSTEM_BUNDLES.find((file) => existsSync(file))
  const own = bundle === undefined ? [] : certificatesOf(await readSmall(bundle))
  return own.length > 0 ? own : rootCertificates
}

/** One broken certificate must not make all others useless. */
function certificatesOf(text: string): string[] {
  return (text.match(PEM) ?? []).filter((pem) => {
    try {
      return new X509Certificate(pem).raw.length > 0
    } catch {
      return false
    }
  })
}
