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

/**
 * Whether a text names the subject somewhere, in either way of writing and in either order, as itself or as a proxy of it. A longer
 * name that begins with it is another one, unless a blank ends it: in a sentence nobody can tell where a name ends.
 */
export function holdsSubject(text: string, known: string): boolean {
  const parts = partsOf(known)
  const all = plainParts(text)
  if (parts === undefined) return holdsAlone(all, squeeze(known))
  const orders = [parts, [...parts].reverse()]
  return orders.some((order) => holdsAlone(all, `/${order.join('/')}`) || holdsAlone(all, order.join(',')))
}

const MOST_TEXT = 64 * 1024

/** Attributes by one name each, and no blanks around what divides the parts. */
function plainParts(text: string): string {
  const plain = text.slice(0, MOST_TEXT).replace(/\s+/g, ' ').toLowerCase().replaceAll('\\', '')
  const tight = plain.replace(/ ?([,+=]) ?/g, (_, mark: string) => (mark === '+' ? ',' : mark))
  return tight.replace(/(?<![a-z0-9.])(emailaddress|e|uid|[\d.]{10,40})=/g, (_, name: string) => `${sameAttribute[name] ?? name}=`)
}

/** Not within a longer word, and with no further part but those of a proxy. */
function holdsAlone(text: string, sought: string): boolean {
  if (sought === '') return false
  for (let at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + 1)) {
    const before = text.slice(Math.max(0, at - 60), at)
    const after = text.slice(at + sought.length, at + sought.length + 60)
    const isWord = !/[\p{L}\p{N}=]$/u.test(before) && !/^[\p{L}\p{N}]/u.test(after)
    const isBegin = !/[a-z0-9.]=[^,=]{0,58},$/.test(before) || /(^|[^\p{L}\p{N}])cn=(proxy|limited proxy|\d+),$/u.test(before)
    const isEnd = !/^[/,][a-z0-9.]{1,40}=/.test(after) || /^[/,]cn=(proxy|limited proxy|\d+)(?![\p{L}\p{N}])/u.test(after)
    if (isWord && isBegin && isEnd) return true
  }
  return false
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
