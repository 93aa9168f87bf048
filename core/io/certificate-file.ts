import { X509Certificate } from 'node:crypto'

const MOST_CERTIFICATES = 50
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** ProxyCertInfo (RFC 3820, section 3.8) and its draft's object identifier, as DER. */
const PROXY_MARKS = [Buffer.from('06082b0601050507010e', 'hex'), Buffer.from('060a2b060104019b5001815e', 'hex')]

/** The certificates of a PEM text, in its order. Throws when there is none, or one is broken. */
export function certificatesIn(text: string): X509Certificate[] {
  const blocks = text.match(PEM) ?? []
  if (blocks.length === 0) throw new Error('holds no certificate')
  if (blocks.length > MOST_CERTIFICATES) throw new Error(`holds more than ${MOST_CERTIFICATES} certificates`)
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    throw new Error('holds a broken certificate')
  }
}

/** When the first of them ends, ms since 1970: a chain is as good as its weakest link. */
export function endOf(certificates: readonly X509Certificate[]): number {
  return Math.min(...certificates.map(({ validTo }) => Date.parse(validTo)))
}

/** When the last of them begins, ms since 1970. */
export function beginningOf(certificates: readonly X509Certificate[]): number {
  return Math.max(...certificates.map(({ validFrom }) => Date.parse(validFrom)))
}

/** The distinguished name of the person or robot behind a proxy chain, as `/DC=org/DC=example/CN=Name`. */
export function endEntityOf(certificates: readonly X509Certificate[]): string {
  const own = ownCertificateIn(certificates)
  if (own !== undefined) return slashForm(own.subject)
  // Only proxies are in the file: the last one's issuer is the name without its own last CN.
  return slashForm(certificates.at(-1)?.subject ?? '').replace(/\/CN=[^/]*$/, '')
}

/** The certificate of the person or robot itself; undefined when only proxies are there. */
export function ownCertificateIn(certificates: readonly X509Certificate[]): X509Certificate | undefined {
  return certificates.find((one) => !isProxy(one))
}

/** A proxy has its extension, or the name that the oldest proxies end with. */
function isProxy({ raw, subject }: X509Certificate): boolean {
  return PROXY_MARKS.some((mark) => raw.includes(mark)) || /(^|\n)CN=(limited )?proxy$/.test(subject)
}

/** Node.js gives one component a line, escaped as RFC 4514 tells; grids write them in the same order with slashes. */
function slashForm(subject: string): string {
  return subject
    .split('\n')
    .map((line) => `/${unescaped(line)}`)
    .join('')
}

function unescaped(line: string): string {
  const bytes = line.replace(/\\([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return bytes.replace(/\\(.)/g, '$1')
}

/** Whether two distinguished names are the same, however their attributes are called: OpenSSL says emailAddress, others Email or E. */
export function isSameName(one: string, other: string): boolean {
  return plainName(one) === plainName(other)
}

function plainName(name: string): string {
  return name.replace(/\/(E|EMAIL|emailAddress|UID|USERID|[A-Za-z]+)=/gi, (_all, key: string) => {
    const upper = key.toUpperCase()
    if (upper === 'E' || upper === 'EMAIL') return '/EMAILADDRESS='
    return upper === 'USERID' ? '/UID=' : `/${upper}=`
  })
}
