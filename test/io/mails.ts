/** A mail of these header lines and this body; From is added where it is missing. */
export function mail(headers: readonly string[], body: string | Uint8Array = 'hello'): Buffer {
  const named = headers.some((line) => /^from:/i.test(line)) ? headers : ['From: Jo <jo@site.example>', ...headers]
  return Buffer.concat([Buffer.from(`${named.join('\r\n')}\r\n\r\n`), Buffer.from(body)])
}

const mixed = ['Content-Type: multipart/mixed; boundary=b']

export function manyParts(count: number, headers = ''): Buffer {
  return mail(mixed, `--b\r\n${headers}\r\n`.repeat(count))
}

export function nested(depth: number): Buffer {
  const open = Array.from({ length: depth }, (_, i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`)
  return mail(['Content-Type: multipart/mixed; boundary=b0'], open.join(''))
}

const siblings = Array.from({ length: 2_000 }, (_, i) => `--b\r\nContent-Type: multipart/mixed; boundary=x${i}\r\n\r\n`).join('')

const wrap = (inner: Buffer) => mail(['Content-Type: message/rfc822'], inner)

/** A mail around a mail around a mail. */
export function wrapped(count: number): Buffer {
  let raw = mail(['Subject: core'], 'Identity: hidden')
  for (let i = 0; i < count; i++) raw = wrap(raw)
  return raw
}

/** Larger, deeper or broader than the limits. */
export const bombs: readonly [string, () => Buffer][] = [
  ['100,000 parts', () => manyParts(100_000)],
  ['a nest of 10,000 parts', () => nested(10_000)],
  ['a nest of 1,000 parts', () => nested(1_000)],
  ['a header line of 50 MB', () => mail([`Subject: ${'x'.repeat(50_000_000)}`])],
  ['a header line of 900 kB', () => mail([`References: ${'<a@b> '.repeat(150_000)}`])],
  ['150,000 headers', () => mail(Array.from({ length: 150_000 }, () => 'A: b'))],
  ['headers repeated in 4,000 parts', () => manyParts(4_000, `X: ${'y'.repeat(200)}\r\n`)],
  ['a million empty lines', () => mail([], '\r\n'.repeat(1_000_000))],
  ['a million bare LFs', () => mail([], '\n'.repeat(1_000_000))],
  ['11 MB', () => Buffer.alloc(11 * 1024 * 1024, 'a')],
]

/** Within the limits, and as costly as can be. */
export const oddities: readonly [string, () => Buffer][] = [
  ['4,900 empty parts', () => manyParts(4_900)],
  ['many open boundaries and many dashes', () => mail(mixed, siblings + '--\r\n'.repeat(2_900))],
  ['a nest of 15', () => nested(15)],
  ['500 mails in each other', () => wrapped(500)],
  ['10 MB of NULs', () => mail([], Buffer.alloc(10_000_000))],
  ['10 MB of lone CRs', () => mail([], '\r'.repeat(10_000_000))],
  ['10 MB of <', () => mail(['Content-Type: text/html'], '<'.repeat(10_000_000))],
  ['unclosed comments', () => mail(['Content-Type: text/html'], '<!--'.repeat(2_500_000))],
  ['unclosed links', () => mail(['Content-Type: text/html'], '<a href='.repeat(1_200_000))],
  ['nested quotes', () => mail(['Content-Type: text/html'], '<blockquote>'.repeat(800_000))],
  ['entities', () => mail(['Content-Type: text/html'], '&amp;&#'.repeat(1_400_000))],
  ['broken base64', () => mail(['Content-Transfer-Encoding: base64'], '=\u0000?A=B'.repeat(10_000))],
  ['broken quoted-printable', () => mail(['Content-Transfer-Encoding: quoted-printable'], '=4=\r\n=G1==\u0000='.repeat(20_000))],
  ['200 kB of To', () => mail([`To: ${'a@b.example, '.repeat(15_000)}`])],
  ['200 kB of brackets in To', () => mail([`To: ${'<"(:;,'.repeat(32_000)}`])],
  ['200 kB of comment', () => mail([`From: ${'('.repeat(200_000)}`, `To: ${'"\\'.repeat(5_000)}`])],
  ['200 kB of encoded words', () => mail([`Subject: ${'=?UTF-8?B?YQ==?= '.repeat(12_000)}`])],
  ['encoded words of wild charsets', () => mail([`Subject: ${Array.from({ length: 9_000 }, (_, i) => `=?x-${i}?Q?=E4?=`).join(' ')}`])],
  ['broken encoded words', () => mail([`Subject: ${'=?utf-8?q?'.repeat(20_000)}`])],
  ['200 kB of references', () => mail([`References: ${'<a@b> '.repeat(35_000)}`])],
  ['half a reference', () => mail([`References: ${'<'.repeat(200_000)}`])],
  ['a wild Content-Type', () => mail([`Content-Type: text/plain; ${'a*0*="'.repeat(30_000)}`])],
  ['RFC 2231 continuations', () => mail([`Content-Type: text/plain; ${Array.from({ length: 12_000 }, (_, i) => `a*${i}=b`).join('; ')}`])],
  ['lines of white space', () => mail([], `${' '.repeat(1_900)}x\r\n`.repeat(5_000))],
  ['nothing', () => Buffer.alloc(0)],
]
