import type { ReplyKind } from '../../domain/event.ts'

/** What tells a person's mail from a machine's. Header names in lower case. */
export type MailTraits = {
  headers: ReadonlyMap<string, string>
  subject: string
  /** Undefined when the envelope is not known; empty for the null sender. */
  envelopeFrom: string | undefined
  from: string
  to: readonly string[]
  /** The text of the part `message/delivery-status`, if there is one. */
  deliveryStatus: string | undefined
}

type Verdict = { kind: ReplyKind; because: string }

/** Automatic until nothing says so: a receipt taken for a person's answer would turn a light green for nothing. */
export function kindOfReply(mail: MailTraits): Verdict {
  return bounce(mail) ?? automatic(mail) ?? { kind: 'human', because: 'nothing in it says that a machine wrote it' }
}

/** RFC 3464. A notification that only says `delayed` or `delivered` is no bounce. */
function bounce(mail: MailTraits): Verdict | undefined {
  const report = /^multipart\/report\b/i.test(header(mail, 'content-type'))
  if (mail.deliveryStatus !== undefined || (report && /report-type="?delivery-status/i.test(header(mail, 'content-type')))) {
    const actions = [...(mail.deliveryStatus ?? '').matchAll(/^action:[ \t]*([a-z]+)/gim)].map((m) => m[1]!.toLowerCase())
    const harmless = actions.length > 0 && !actions.includes('failed')
    if (harmless) return { kind: 'automatic', because: `delivery status notification, action ${actions[0]}` }
    return { kind: 'bounce', because: `delivery status notification${actions.length > 0 ? ', action failed' : ''}` }
  }
  if (report) return { kind: 'automatic', because: 'multipart/report that is no delivery status' }
  const fromDaemon = /^(mailer-daemon|postmaster)@/i.test(mail.from)
  if (nullSender(mail) && fromDaemon) return { kind: 'bounce', because: `null sender and From ${mail.from}` }
  return undefined
}

function automatic(mail: MailTraits): Verdict | undefined {
  const reason = autoSubmitted(mail) ?? anyHeader(mail) ?? precedence(mail) ?? subject(mail)
  if (reason) return { kind: 'automatic', because: reason }
  // RFC 3834 section 3.3: automatic answers are sent with the null sender
  return nullSender(mail) ? { kind: 'automatic', because: 'null sender' } : undefined
}

/** RFC 3834 section 5. */
function autoSubmitted(mail: MailTraits): string | undefined {
  const value = header(mail, 'auto-submitted')
  return value !== '' && !/^no\b/i.test(value) ? `Auto-Submitted: ${value}` : undefined
}

const machineHeaders = ['x-auto-response-suppress', 'x-autoreply', 'x-autorespond', 'x-auto-reply-from']

function anyHeader(mail: MailTraits): string | undefined {
  const name = machineHeaders.find((n) => !/^(no)?$/i.test(header(mail, n)))
  return name && `${name}: ${header(mail, name)}`
}

/** A ticket system (RT) marks a person's words `bulk` too, but then names that person. */
function precedence(mail: MailTraits): string | undefined {
  const value = header(mail, 'precedence')
  if (!/^(auto[_-]reply|bulk|junk)$/i.test(value)) return undefined
  const writer = (header(mail, 'rt-originator') || header(mail, 'x-rt-originator')).toLowerCase()
  const byPerson = writer.includes('@') && !mail.to.some((address) => address.toLowerCase() === writer)
  return /^bulk$/i.test(value) && byPerson ? undefined : `Precedence: ${value}`
}

const machineSubjects = [
  /^(\[[^\]]{0,80}\]\s*)?(auto(matic|mated)?[ _-]?(reply|response|antwort)|automatische antwort|réponse automatique|respuesta automática|risposta automatica|out of (the )?office|abwesenheitsnotiz|auto:)/i,
  /^(?!re:|aw:|sv:|antw:)(\[[^\]]{0,80}\]\s*)?[^:]{0,40}\b(ticket|request|case)\b.{0,60}\b(received|created|opened|registered|acknowledged)\b/i,
]

function subject(mail: MailTraits): string | undefined {
  return machineSubjects.some((pattern) => pattern.test(mail.subject)) ? `subject '${mail.subject.slice(0, 100)}'` : undefined
}

function nullSender(mail: MailTraits): boolean {
  return mail.envelopeFrom === undefined ? header(mail, 'return-path') === '<>' : mail.envelopeFrom === ''
}

function header(mail: MailTraits, name: string): string {
  return (mail.headers.get(name) ?? '').trim().slice(0, 300)
}
