import { InputError } from './errors.ts'
import type { MailKind } from './event.ts'
import { MailAddress } from './site.ts'

export const mailKinds = ['alert', 'reminder', 'closing', 'stopped', 'real-incident'] as const satisfies readonly MailKind[]

/** The two mails that tell of an end or a freeze: they go out in spite of a stop, a pause and a limit. */
export function isNotice(kind: unknown): boolean {
  return kind === 'stopped' || kind === 'real-incident'
}

/** All that a mail template may name. Times in ms since 1970. */
export type MailData = {
  run: string
  /** The scenario's title. */
  scenario: string
  site: { name: string; timeZone: string }
  /** The subject that the site shall hold to be malicious. */
  identity: string
  vo: string
  /** The mock incident's label, as the job system shows it. */
  label: string
  alertMs: number
  deadlines: { headsUpMs: number; containedMs: number; closureMs: number }
  /** The run's officers: whom to ask. */
  contact: { name: string; address: string }
  /** With it the site can check, by another way than this mail, that the mail is genuine. */
  code: string
  /** The page where the code can be checked. */
  genuineUrl: string
  /** Why the run was stopped, or what came first; empty in other mails. */
  reason: string
}

/** Headers that the mailer alone sets: who gets a mail is never a template's choice. */
const ownHeaders =
  /^(from|to|cc|bcc|sender|reply-to|return-path|message-id|date|mime-version|received|delivered-to|dkim-.*|resent-.*|content-.*)$/i

export function isOwnHeader(name: string): boolean {
  return ownHeaders.test(name)
}

/** Whether a header value would break out of its line or hide something in it. */
export function hasControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)
}

const initials = { alert: 'a', reminder: 'r', closing: 'c', stopped: 's', 'real-incident': 'i' } as const satisfies Record<MailKind, string>

/** The opaque tag of a reply address: the mail's kind and its token, so that a long run or site name never bursts the address. */
export function tagOf(kind: MailKind, token: string): string {
  return `${initials[kind]}${token}`
}

export function parseTag(tag: string): { kind: MailKind; token: string } | undefined {
  const [, initial, token] = /^([arcsi])([0-9a-f]{32})$/i.exec(tag) ?? []
  const kind = mailKinds.find((k) => initials[k] === initial?.toLowerCase())
  return kind && token ? { kind, token: token.toLowerCase() } : undefined
}

/** The same for every try of the same mail. */
export function messageIdOf(kind: MailKind, token: string, domain: string): string {
  return `<ssc.${kind}.${token}@${domain}>`
}

/** `ssc+<tag>@domain`. RFC 5321 section 4.5.3.1.1 allows 64 octets before the @. */
export function replyAddressOf(base: string, kind: MailKind, token: string): string {
  const { local, domain } = splitAddress(base)
  const tagged = `${local}+${tagOf(kind, token)}`
  if (tagged.length > 64) throw new InputError(`the reply address '${base}' is too long: use at most 30 characters before the @`, [])
  return `${tagged}@${domain}`
}

/** Local part and domain of one plain address. */
export function splitAddress(address: string): { local: string; domain: string } {
  if (!MailAddress.safeParse(address).success) throw new InputError(`'${address}' is not a single mail address like ssc@csirt.example`, [])
  const at = address.lastIndexOf('@')
  return { local: address.slice(0, at), domain: address.slice(at + 1) }
}

/** The first digits of a mail's token, for people to compare. */
export function codeOf(token: string): string {
  return token.slice(0, 12)
}

export type FoundToken = { kind: MailKind; token: string; where: 'references' | 'recipient' }

/** Every well-formed token of a mail, the newest reference first, recipients last. Whether one is ours only its signature tells. */
export function tokensIn(mail: { references: readonly string[]; to: readonly string[] }): FoundToken[] {
  const references = mail.references.toReversed().flatMap((id) => found(tokenOfMessageId(id), 'references'))
  const recipients = mail.to.flatMap((address) => found(tokenOfAddress(address), 'recipient'))
  return [...references, ...recipients]
}

function found(token: ReturnType<typeof parseTag>, where: FoundToken['where']): FoundToken[] {
  return token ? [{ ...token, where }] : []
}

function tokenOfMessageId(id: string): ReturnType<typeof parseTag> {
  const [, word, token = ''] = /^<ssc\.([a-z-]{1,20})\.([0-9a-f]{32})(?:\.\d{1,4})?@[^<>@]*>$/i.exec(id) ?? []
  const kind = mailKinds.find((k) => k === word?.toLowerCase())
  return kind && { kind, token: token.toLowerCase() }
}

function tokenOfAddress(address: string): ReturnType<typeof parseTag> {
  const local = address.slice(0, address.lastIndexOf('@'))
  return local.includes('+') ? parseTag(local.slice(local.lastIndexOf('+') + 1)) : undefined
}
