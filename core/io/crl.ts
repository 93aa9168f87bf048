import { X509Certificate } from 'node:crypto'
import { messageOf } from '../domain/errors.ts'
import type { RevocationSeen } from '../domain/event.ts'
import type { Identity } from '../domain/identity.ts'
import { hostOf } from '../domain/loopback.ts'
import { createSlots } from '../domain/slots.ts'
import { plainLine } from '../domain/text.ts'
import { utcWords } from '../domain/zone.ts'
import { certificatesIn, endEntityOf, isSameName, ownCertificateIn } from './certificate-file.ts'
import { createHttpPool } from './http/client.ts'
import { readTrust } from './http/trust.ts'
import { readSmallFile } from './secret-file.ts'
import { shellHere } from './shell/here.ts'

/** What a list is read against. `nowMs`: by the machine's clock, as certificates are. */
export type CrlSettings = { caFolder: string; identityOf(subject: string): Identity | undefined; nowMs(): number }
/** Whose certificate is looked for in which list. */
export type CrlQuestion = { url: string; subject: string; signal: AbortSignal }

const MOST_LIST_BYTES = 10 * 1024 * 1024
/** In words a list is about five times as long. */
const MOST_WORDS_BYTES = 128 * 1024 * 1024
const MOST_CERTIFICATE_BYTES = 256 * 1024
const FETCH_MS = 30_000
const OPENSSL_MS = 20_000
/** So far may the CA's clock be ahead of ours. */
const SKEW_MS = 10 * 60_000
const withSlot = createSlots(2)

/**
 * Asks a CA's revocation list (RFC 5280, section 5) for the certificate of an identity. Never throws: a list that could not be had,
 * is not signed by the CA that issued the certificate, or is no longer valid says `unknown`, and why.
 */
export async function readCrl(settings: CrlSettings, question: CrlQuestion): Promise<RevocationSeen> {
  try {
    const certificate = await certificateOf(settings.identityOf(question.subject), question.subject)
    const authority = await issuerOf(certificate, settings)
    const list = await fetchList(settings, question)
    const words = await readList(list, authority, question.signal)
    return judgeList(words, certificate, settings.nowMs())
  } catch (error) {
    return { listed: 'unknown', why: plainLine(messageOf(error)) }
  }
}

async function certificateOf(identity: Identity | undefined, subject: string): Promise<X509Certificate> {
  const { renewable, proxyFile } = identity ?? {}
  const file = (renewable?.kind === 'certificate' ? renewable.file : undefined) ?? proxyFile
  if (file === undefined)
    throw new Error(`the certificate of ${subject} is not known: name its file in identities.yaml, as renewable of the kind certificate`)
  try {
    const certificates = certificatesIn((await readSmallFile(file, MOST_CERTIFICATE_BYTES)).text)
    const own = ownCertificateIn(certificates)
    if (own === undefined) throw new Error('holds proxies alone, and not the certificate that they come from')
    const owner = endEntityOf([own])
    if (subject.startsWith('/') && !isSameName(owner, subject)) throw new Error(`belongs to '${owner}', not to '${subject}'`)
    return own
  } catch (error) {
    throw new Error(`the certificate file ${file} ${messageOf(error)}`)
  }
}

/** Serial numbers are a CA's own: only the list of the very CA that issued the certificate counts. */
async function issuerOf(certificate: X509Certificate, { caFolder, nowMs }: CrlSettings): Promise<X509Certificate> {
  const { certificates } = await readTrust(caFolder)
  const issuers = certificates.map((pem) => new X509Certificate(pem)).filter((one) => isIssuedBy(certificate, one))
  const issuer = issuers.find((one) => Date.parse(one.validTo) > nowMs())
  if (issuer) return issuer
  const name = plainLine(certificate.issuer.replaceAll('\n', ', '))
  if (issuers.length > 0) throw new Error(`the certificate of the CA ${name} in ${caFolder} has ended: renew it there`)
  throw new Error(`the CA ${name} is not in the CA folder ${caFolder}: put its certificate there`)
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
  } catch {
    // A key of a kind that this machine does not know.
    return false
  }
}

async function fetchList({ caFolder }: CrlSettings, { url, signal }: CrlQuestion): Promise<Buffer> {
  const pool = createHttpPool()
  try {
    const request = { method: 'GET', url, auth: 'none', timeoutMs: FETCH_MS, maxBytes: MOST_LIST_BYTES } as const
    const answer = await pool.download(request, { caFolder, hosts: [hostOf(url)], signal, limit: (body) => body() })
    if (answer.status !== 200) throw new Error(`${hostOf(url)} answered ${answer.status} when it was asked for the list`)
    if (answer.isCut) throw new Error(`the list has more than ${MOST_LIST_BYTES} bytes`)
    return answer.bytes
  } finally {
    await pool.close()
  }
}

/** The list in openssl's words, its signature checked: openssl-crl(1). */
async function readList(list: Buffer, authority: X509Certificate, signal: AbortSignal): Promise<string> {
  // Only the one CA: openssl would look into the system's folder, too.
  const none = { SSL_CERT_DIR: '/nonexistent', SSL_CERT_FILE: '/nonexistent' }
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: '/', LC_ALL: 'C', ...none }
  const shell = shellHere({ env, signal, limit: withSlot })
  const files = { 'list.pem': pemOf(list), 'ca.pem': authority.toString() }
  const ran = await shell.withFiles(files, (folder) =>
    shell.run(['openssl', 'crl', '-in', `${folder}/list.pem`, '-CAfile', `${folder}/ca.pem`, '-no-CApath', '-noout', '-text'], {
      timeoutMs: OPENSSL_MS,
      maxBytes: MOST_WORDS_BYTES,
    }),
  )
  if (ran.isCut) throw new Error('the list is too long to be read')
  // A wrong signature is no fault to openssl: it only says so.
  if (/^verify OK$/m.test(ran.err) && ran.code === 0) return ran.out
  if (/^verify failure$|issuer certificate$/m.test(ran.err)) throw new Error('the list is not signed by the CA that issued the certificate')
  throw new Error('what came is not a revocation list')
}

const PEM = /-----BEGIN X509 CRL-----[A-Za-z0-9+/=\s]+-----END X509 CRL-----/

/** DER begins with the tag of a SEQUENCE; all else is searched for PEM (RFC 7468, section 6). */
function pemOf(list: Buffer): string {
  if (list[0] !== 0x30) return PEM.exec(list.toString('latin1'))?.[0] ?? ''
  const lines = list.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n')
}

function judgeList(words: string, certificate: X509Certificate, nowMs: number): RevocationSeen {
  const head = words.slice(0, words.search(/^(No )?Revoked Certificates/m))
  const [madeMs, endMs] = [dateIn(head, 'Last Update'), dateIn(head, 'Next Update')]
  // RFC 5280, section 5.2: such a list is one of several, or tells changes alone.
  if (/: critical$/m.test(head)) throw new Error('the list covers some certificates only, so it says nothing for certain')
  if (madeMs === undefined || endMs === undefined) throw new Error('the list does not say from when and until when it holds')
  if (madeMs > nowMs + SKEW_MS) throw new Error(`the list begins only at ${utcWords(madeMs)}`)
  if (endMs <= nowMs) throw new Error(`the list ended at ${utcWords(endMs)}, and no newer one was there`)
  const { serialNumber, validTo } = certificate
  const isListed = new RegExp(`^ {4}Serial Number: 0*${serialNumber.replace(/^0+/, '')}$`, 'm').test(words)
  // A CA may leave out what has ended.
  if (!isListed && Date.parse(validTo) <= nowMs)
    throw new Error(`the certificate itself ended at ${validTo}: a list need not name it any more`)
  return { listed: isListed ? 'yes' : 'no', why: `serial number ${serialNumber}, list of ${utcWords(madeMs)}`, thisUpdateMs: madeMs }
}

/** `Dec  1 18:19:49 2026 GMT`; undefined where there is none. */
function dateIn(head: string, name: 'Last Update' | 'Next Update'): number | undefined {
  const text = new RegExp(`^ {8}${name}: (.{1,30} GMT)$`, 'm').exec(head)?.[1]
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? undefined : ms
}
