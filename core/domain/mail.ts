import { InputError } from './errors.ts'
import { MailAddress } from './site.ts'

/** To whom a letter goes: a site's security contact, its general contact, its NGI's; or a party of the run as a whole. */
export type Role = 'site' | 'manager' | 'ngi' | 'vo' | 'ca' | 'nren' | 'announce'

type Traits = {
  /** Begins the tag of a reply address. */
  initial: string
  /** As people read of it. */
  title: string
  /** To whom it can go. */
  to: readonly Role[]
  /** May go out before the run is launched, on one officer's word. */
  prepares?: true
  /** An officer orders it; it holds words of the officer's own. */
  byHand?: true
  /** It says nothing without an officer's words. */
  needsWords?: true
  /** It can go out when the run has ended, too. */
  afterwards?: true
  /** A person is to answer it. */
  asks?: true
  /** It may name the identity and the job to others than the site. */
  reveals?: true
}

const parties = ['ngi', 'vo', 'ca', 'nren'] as const satisfies readonly Role[]

/** Every kind of letter that a run sends; also the file name in `mail-templates/`. */
export const letters = {
  invitation: { initial: 'n', title: 'invitation', to: ['site'], prepares: true, byHand: true, asks: true },
  window: { initial: 't', title: 'proposal of another window', to: ['site'], prepares: true, byHand: true, asks: true },
  acceptance: { initial: 'p', title: 'confirmation of the window', to: ['site'], prepares: true, byHand: true },
  'pre-warning': { initial: 'v', title: 'pre-warning', to: parties, prepares: true, byHand: true },
  'contact-check': {
    initial: 'k',
    title: 'check of the contact',
    to: ['site', 'manager', ...parties],
    prepares: true,
    byHand: true,
    asks: true,
  },
  alert: { initial: 'a', title: 'alert', to: ['site'], asks: true, reveals: true },
  notification: { initial: 'o', title: 'notification of a compromised identity', to: ['vo', 'ca', 'nren'], asks: true, reveals: true },
  acknowledgement: { initial: 'g', title: 'acknowledgement of the heads-up', to: ['site'] },
  question: {
    initial: 'q',
    title: 'question',
    to: ['site', 'vo', 'ca', 'nren', 'ngi'],
    byHand: true,
    needsWords: true,
    asks: true,
    reveals: true,
  },
  reminder: { initial: 'r', title: 'reminder', to: ['site', 'vo', 'ca', 'nren', 'ngi'], asks: true },
  escalation: { initial: 'e', title: 'escalation', to: ['manager', 'ngi'], asks: true },
  degradation: { initial: 'd', title: 'notice of a degraded service', to: ['site', ...parties], byHand: true, needsWords: true },
  assessment: { initial: 'm', title: 'positive assessment', to: ['site', 'ngi'] },
  'report-request': { initial: 'f', title: 'request for the common report', to: ['site'], asks: true },
  closing: { initial: 'c', title: 'closing mail', to: ['site'] },
  result: { initial: 'l', title: 'result', to: ['site'], byHand: true, afterwards: true },
  certificate: { initial: 'h', title: 'certificate of participation', to: ['site'], byHand: true, afterwards: true },
  'public-acknowledgement': { initial: 'u', title: 'public acknowledgement', to: ['announce'], byHand: true, afterwards: true },
  debriefing: {
    initial: 'b',
    title: 'invitation to the debriefing',
    to: ['site', ...parties],
    byHand: true,
    needsWords: true,
    afterwards: true,
  },
  'which-site': { initial: 'x', title: 'question which site is meant', to: ['site', 'manager'], asks: true },
  stopped: { initial: 's', title: 'notice that the exercise was stopped', to: ['site', ...parties], reveals: true },
  'real-incident': { initial: 'i', title: 'notice of a real incident', to: ['site', ...parties], reveals: true },
} as const satisfies Record<string, Traits>

export type MailKind = keyof typeof letters
export const mailKinds = Object.keys(letters) as readonly MailKind[]

/** What is told of a kind of letter, whichever it is. */
export function traitsOf(kind: MailKind): Traits {
  return letters[kind]
}

/** The two mails that tell of an end or a freeze: they go out in spite of a stop, a pause and a limit. */
export function isNotice(kind: unknown): boolean {
  return kind === 'stopped' || kind === 'real-incident'
}

/** All that a mail template may name. Times in ms since 1970; what a letter has nothing to say of is an empty text. */
export type MailData = {
  run: string
  /** The scenario's title. */
  scenario: string
  vo: string
  /** EGI's incident tag, for example `EGI-20270111-042731`: the same in all letters to one site. */
  tag: string
  /** The TLP 2.0 label, for example `TLP:AMBER`. */
  tlp: string
  /** To whom the letter goes. `name`: the site's, the NGI's, the VO's. */
  to: { role: Role; name: string }
  /** Whom it is about; in a letter to a party of the whole run the party itself. */
  site: { name: string; timeZone: string }
  /** The subject that the site shall hold to be malicious. */
  identity: string
  /** The mock incident's label, as the job system shows it. */
  label: string
  alertMs: number
  /** When the letter is written. */
  sentMs: number
  /** By when an answer is asked for; in an alert the heads-up. */
  answerByMs: number
  window: { fromMs: number; toMs: number }
  deadlines: { headsUpMs: number; containedMs: number; closureMs: number }
  /** The run's officers: whom to ask. */
  contact: { name: string; address: string }
  /** With it the site can check, by another way than this mail, that the mail is genuine. */
  code: string
  /** The page where the code can be checked. */
  genuineUrl: string
  /** The site's own page for its common report. */
  reportUrl: string
  /** The site's own page: what was asked of it, with a form for each answer. */
  siteUrl: string
  /** The site's own page, where it sees its lights and can appeal; told in a result alone. */
  appealUrl: string
  /** The common report's form, to be filled in within an answer. */
  form: string
  /** What was not answered, in a reminder and an escalation: the title of that letter. */
  about: string
  /** Why the run was stopped, or what came first; empty in other mails. */
  reason: string
  /** The officer's own words. */
  text: string
  /** The site's lights, a line each, in words. */
  lights: string
  /** Names of sites, where a letter names several. */
  sites: string
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

/** The opaque tag of a reply address: the mail's kind and its token, so that a long run or site name never bursts the address. */
export function tagOf(kind: MailKind, token: string): string {
  return `${letters[kind].initial}${token}`
}

export function parseTag(tag: string): { kind: MailKind; token: string } | undefined {
  const [, initial, token] = /^([a-z])([0-9a-f]{32})$/i.exec(tag) ?? []
  const kind = mailKinds.find((k) => letters[k].initial === initial?.toLowerCase())
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
  const [, word, token = ''] = /^<ssc\.([a-z-]{1,30})\.([0-9a-f]{32})@[^<>@]*>$/i.exec(id) ?? []
  const kind = mailKinds.find((k) => k === word?.toLowerCase())
  return kind && { kind, token: token.toLowerCase() }
}

function tokenOfAddress(address: string): ReturnType<typeof parseTag> {
  const local = address.slice(0, address.lastIndexOf('@'))
  return local.includes('+') ? parseTag(local.slice(local.lastIndexOf('+') + 1)) : undefined
}
