import { createHash } from 'node:crypto'
import PostalMime, { type Address, type Attachment, addressParser, type Email } from 'postal-mime'
import { InputError, messageOf } from '../../domain/errors.ts'
import type { Envelope, IncomingMail } from '../../ports.ts'
import { attachmentsOf } from './attachments.ts'
import { clean } from './clean-text.ts'
import { textOfHtml } from './html-text.ts'
import { ownWords } from './own-words.ts'
import { limits, tooMuch } from './parse-limits.ts'
import { kindOfReply } from './reply-kind.ts'
import { spamVerdict } from './spam-verdict.ts'
import { unknownCharsets } from './unknown-charset.ts'

/**
 * Reads a mail (RFC 5322, RFC 2045 to 2047, RFC 2231). Throws InputError when it is larger or more deeply nested than a mail
 * that people write. For what comes from outside there is `createParser`, which bounds the time and the memory, too.
 */
export async function parseMail(raw: Uint8Array, envelope?: Envelope): Promise<IncomingMail> {
  const email = await parseWithin(raw)
  const contentHash = createHash('sha256').update(raw).digest('hex')
  const text = clean(textOf(email), limits.text)
  const { kind, because, from, to, subject } = judge(email, text, envelope)
  const spam = spamVerdict(email.headers)
  const dateMs = Date.parse(email.date ?? '')
  return {
    messageId: idsIn(email.messageId ?? '')[0] ?? `<${contentHash}@no-message-id.invalid>`,
    ...{ from, to, subject, references: referencesOf(email), kind, because },
    ...{ text: withNote(text, unknownCharsets(raw)), said: ownWords(text), attachments: attachmentsOf(email) },
    ...(Number.isNaN(dateMs) ? {} : { dateMs }),
    ...(spam === undefined ? {} : { spam: clean(spam, limits.because) }),
    ...{ raw, contentHash },
  }
}

/** Who wrote to whom, and whether that is a person. */
function judge(
  email: Email,
  text: string,
  envelope: Envelope | undefined,
): Pick<IncomingMail, 'kind' | 'because' | 'from' | 'to' | 'subject'> {
  const from = clean(addressesOf(email.from ? [email.from] : [])[0] ?? envelope?.from ?? '', 320)
  const to = recipientsOf(email, envelope)
  const subject = clean(email.subject ?? '', limits.subject)
    .replace(/\s+/g, ' ')
    .trim()
  // of headers that stand twice, the first was added last, by the server nearest to us
  const headers = new Map(email.headers.toReversed().map(({ key, value }) => [key, value]))
  const deliveryStatus = deliveryStatusOf(email)
  const { kind, because } = kindOfReply({ headers, subject, envelopeFrom: envelope?.from, from, to, deliveryStatus, text })
  return { kind, because: clean(because, limits.because), from, to, subject }
}

async function parseWithin(raw: Uint8Array): Promise<Email> {
  const problem = tooMuch(raw)
  if (problem) throw new InputError('the mail was not read', [problem])
  try {
    return await PostalMime.parse(raw, {
      maxNestingDepth: limits.depth,
      maxHeadersSize: limits.headers,
      maxRfc822NestingDepth: 0,
      forceRfc822Attachments: true,
    })
  } catch (error) {
    throw new InputError('the mail was not read', [messageOf(error)])
  }
}

const deliveryHeaders: ReadonlySet<string> = new Set(['delivered-to', 'envelope-to', 'x-original-to', 'x-envelope-to'])

/** The envelope's first; where a mailbox was read, the headers that a delivery agent adds say what it was. */
function recipientsOf(email: Email, envelope: Envelope | undefined): string[] {
  const delivered = email.headers.filter(({ key }) => deliveryHeaders.has(key)).slice(0, 10)
  const noted = delivered.flatMap(({ value }) => addressesOf(addressParser(value.slice(0, 2_000))))
  const named = addressesOf([...(email.to ?? []), ...(email.cc ?? [])])
  const all = [...(envelope?.to ?? []), ...(envelope ? [] : noted), ...named, ...(envelope ? noted : [])]
  return [...new Set(all.map((address) => clean(address, 320)))].slice(0, limits.addresses)
}

function addressesOf(addresses: readonly Address[]): string[] {
  const mailboxes = addresses.slice(0, limits.addresses).flatMap((a) => a.group ?? [a])
  return mailboxes.flatMap((m) => (m.address ? [m.address] : []))
}

/** What the mail answers, the newest last; a notification names the mail that it is about in its copy of that mail's headers. */
function referencesOf(email: Email): string[] {
  const copies = email.attachments.filter((a) =>
    /^(message\/(rfc822|global)|text\/rfc822-headers|message\/rfc822-headers)/.test(a.mimeType),
  )
  const returned = copies.slice(0, 3).flatMap((copy) => messageIdIn(textOfPart(copy)))
  const ids = [...returned, ...idsIn(email.references ?? ''), ...idsIn(email.inReplyTo ?? '')]
  // the last place of an id that stands twice counts
  return [...new Set(ids.reverse())].reverse().slice(-limits.references)
}

function messageIdIn(headers: string): string[] {
  const end = headers.search(/\r?\n\r?\n/)
  const block = end < 0 ? headers : headers.slice(0, end)
  return idsIn(/^message-id:([^\n]*(?:\n[ \t][^\n]*)*)/im.exec(block)?.[1] ?? '').slice(0, 1)
}

function idsIn(value: string): string[] {
  const ids = value.slice(0, 65_536).match(/<[^<>\s]{1,250}>/g) ?? []
  return ids.map((id) => clean(id, 252))
}

function deliveryStatusOf(email: Email): string | undefined {
  const part = email.attachments.find((a) => /^message\/(global-)?delivery-status$/.test(a.mimeType))
  return part && textOfPart(part)
}

function textOfPart(part: Attachment): string {
  const { content } = part
  return typeof content === 'string'
    ? content.slice(0, 65_536)
    : Buffer.from(content as ArrayBuffer)
        .subarray(0, 65_536)
        .toString('latin1')
}

function textOf(email: Email): string {
  return email.text?.trim() ? email.text : textOfHtml((email.html ?? '').slice(0, 4 * limits.text))
}

/** What is not ASCII was then read as windows-1252, which may be wrong: that must be seen. */
function withNote(text: string, unknown: readonly string[]): string {
  if (unknown.length === 0) return text
  return `[not known: the charset ${unknown.join(', ')}; letters that are not ASCII may be wrong]\n${text}`.slice(0, limits.text)
}
