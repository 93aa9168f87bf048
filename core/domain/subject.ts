/** One part of a distinguished name, for example `cn=mallory`. */
type Part = string

/** Names that different programs give to the same attribute; RFC 4514 section 3, and OpenSSL's. */
const sameAttribute: Record<string, string> = {
  emailaddress: 'email',
  e: 'email',
  '1.2.840.113549.1.9.1': 'email',
  uid: 'userid',
  '0.9.2342.19200300.100.1.1': 'userid',
}

/**
 * Whether two texts name the same subject: `/DC=org/CN=x` and `CN=x,DC=org` do, whatever their blanks and capitals. The first may be
 * that of a proxy, which has a part more (RFC 3820 section 3.4). A subject that is no distinguished name is compared as it is.
 */
export function sameSubject(written: string, known: string): boolean {
  const [one, other] = [partsOf(written), partsOf(known)]
  if (one === undefined || other === undefined) return squeeze(written) === squeeze(known)
  return isSame(one, other) || isProxyOf(one, other) || isSame([...one].reverse(), other) || isProxyOf([...one].reverse(), other)
}

function isSame(one: readonly Part[], other: readonly Part[]): boolean {
  return one.length === other.length && one.every((part, i) => part === other[i])
}

function isProxyOf(one: readonly Part[], other: readonly Part[]): boolean {
  const more = one.slice(other.length)
  return more.length > 0 && isSame(one.slice(0, other.length), other) && more.every((part) => /^cn=(proxy|limited proxy|\d+)$/.test(part))
}

/** Undefined when it is no distinguished name. A slash or a comma begins a part only before `attribute=`. */
function partsOf(text: string): Part[] | undefined {
  const bare = squeeze(text)
    .replace(/^(subject|dn)\s?[:=]\s?(?=\/|[a-z]+\s?=)/, '')
    .replace(/^["'<]+|["'>.,]+$/g, '')
  const parts = bare.startsWith('/')
    ? bare.slice(1).split(/\/(?=[a-z][a-z0-9.]*=|[\d.]+=)/)
    : bare.split(/[,+]\s?(?=[a-z][a-z0-9.]*\s?=|[\d.]+\s?=)/)
  const pairs = parts.map((part) => /^\s?([a-z0-9.]{1,40})\s?=\s?(.*)$/.exec(part.trim()))
  if (pairs.some((pair) => pair === null)) return undefined
  return pairs.map((pair) => `${sameAttribute[pair![1]!] ?? pair![1]}=${pair![2]!.replaceAll('\\', '')}`)
}

function squeeze(text: string): string {
  return text.slice(0, 2_000).replace(/\s+/g, ' ').trim().toLowerCase()
}
