import { randomInt, X509Certificate } from 'node:crypto'
import { messageOf, PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import { plainLine } from '../../core/domain/text.ts'
import { isJobId, type Rest, urlOf } from './endpoint.ts'
import { type Context, callWell } from './rest.ts'

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g
const REQUEST = /-----BEGIN CERTIFICATE REQUEST-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE REQUEST-----/
const MINUTE_MS = 60_000

/** `openssl ca` with a register of its own; the extensions are those of RFC 3820, section 3. All rights are inherited. */
const CONFIG = `[ca]
default_ca = here
[here]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
email_in_dn = yes
[any]
commonName = optional
[proxy]
keyUsage = critical,digitalSignature,keyEncipherment
proxyCertInfo = critical,language:id-ppl-inheritAll
`

/**
 * Gives the service a proxy of the identity's proxy, whose key it made itself and keeps; returns its id. It ends an hour
 * after the job's life, and never after the proxy. http://www.nordugrid.org/arc/arc6/tech/rest/rest.html, "Delegation functionality"
 */
export async function delegate(rest: Rest, lifeSeconds: number, ctx: Context): Promise<string> {
  const proxyFile = ctx.identity?.proxyFile
  if (proxyFile === undefined) throw new TransientError('this identity has no proxy file in the register: nothing can be delegated')
  const url = `${urlOf(rest)}/delegations`
  const { headers, body } = await callWell(ctx, { method: 'POST', url: `${url}?action=new`, maxBytes: 64 * 1024 })
  const id = headers.location?.split('/').at(-1)
  const request = REQUEST.exec(body)?.[0]
  if (!isJobId(id) || request === undefined) throw new UnsureError(`A-REX gives no request for a delegation: ${plainLine(body, 100)}`)
  const chain = await chainOf(proxyFile, ctx)
  const signed = await sign({ request, proxyFile, order: orderOf(chain[0]!, lifeSeconds, Date.now()) }, ctx)
  await callWell(ctx, { method: 'PUT', url: `${url}/${id}`, type: 'application/x-pem-file', body: `${[signed, ...chain].join('\n')}\n` })
  return id
}

/** The certificates of the proxy's file, without its key. */
async function chainOf(proxyFile: string, ctx: Context): Promise<string[]> {
  const ran = await openssl(ctx, ['sh', '-c', 'openssl crl2pkcs7 -nocrl -certfile "$1" | openssl pkcs7 -print_certs', 'sh', proxyFile])
  const chain = ran.out.match(PEM) ?? []
  if (chain.length === 0) throw new TransientError(`the proxy file ${proxyFile} holds no certificate`)
  return chain
}

export type Order = { subject: string; serial: string; starts: string; ends: string }

/** What the new certificate says: its subject is the issuer's and one more common name (RFC 3820, section 3.4). */
export function orderOf(issuerPem: string, lifeSeconds: number, nowMs: number): Order {
  const issuer = new X509Certificate(issuerPem)
  const serial = randomInt(1, 2 ** 47)
  const endsMs = Math.min(nowMs + lifeSeconds * 1_000 + 60 * MINUTE_MS, Date.parse(issuer.validTo))
  if (endsMs <= nowMs) throw new TransientError('the proxy has run out: nothing can be delegated')
  return {
    subject: `${subjectOf(issuer.subject)}/CN=${serial}`,
    serial: serial.toString(16).padStart(12, '0'),
    starts: stamp(nowMs - 5 * MINUTE_MS),
    ends: stamp(endsMs),
  }
}

/** Node.js writes a line for each part, escaped as in RFC 4514; openssl wants `/CN=a/CN=b`, with another escape. */
export function subjectOf(lines: string): string {
  const parts = lines.split('\n').map((line) => {
    const [, name, value] = /^([A-Za-z]{1,40})=((?:[^\\+]|\\[ ,+"\\<>;=#])*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw new PermanentError(`this subject cannot be delegated: ${plainLine(lines, 200)}`)
    return `/${name}=${value.replaceAll(/\\(.)/g, '$1').replaceAll(/[\\/+]/g, '\\$&')}`
  })
  return parts.join('')
}

/** ASN.1's GeneralizedTime, in UTC. */
function stamp(ms: number): string {
  return `${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`
}

type Signing = { request: string; proxyFile: string; order: Order }

/** Only paths and names stand in the arguments; the key is read by openssl, and does not leave its file. */
async function sign({ request, proxyFile, order }: Signing, ctx: Context): Promise<string> {
  return ctx.withFiles({ config: CONFIG, index: '', serial: `${order.serial}\n`, request: `${request}\n` }, async (folder) => {
    // Without -preserveDN all parts of the subject that the policy does not name are dropped.
    const how = ['-batch', '-notext', '-utf8', '-preserveDN', '-config', 'config', '-extensions', 'proxy', '-in', 'request']
    const what = ['-subj', order.subject, '-startdate', order.starts, '-enddate', order.ends]
    // The register's files are named in the configuration, relative to the folder.
    const inFolder = ['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', folder]
    const ran = await openssl(ctx, [...inFolder, 'openssl', 'ca', ...how, ...what, '-cert', proxyFile, '-keyfile', proxyFile])
    const pem = ran.out.match(PEM)?.[0]
    if (pem === undefined) throw new TransientError(`openssl signed nothing: ${plainLine(ran.err)}`)
    const { subject } = new X509Certificate(pem)
    if (subjectOf(subject) === order.subject) return pem
    throw new PermanentError(`openssl made a proxy of ${plainLine(subject)}, which nobody would take, instead of ${order.subject}`)
  })
}

/** That it was not done, or that its end is not known, is the same here: no job is made of it. */
async function openssl(ctx: Context, argv: readonly string[]): Promise<Ran> {
  const ran = await ctx.run(argv, { timeoutMs: 15_000 }).catch((error) => {
    throw error instanceof PermanentError ? error : new TransientError(messageOf(error))
  })
  if (ran.code === 0) return ran
  throw new TransientError(`openssl cannot delegate with the proxy: ${plainLine(ran.err)}`)
}
