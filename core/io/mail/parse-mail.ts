import { createHash } from 'node:crypto'
import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime'
import { InputError, messageOf } from '../../domain/errors.ts'
import type { IncomingMail } from '../../ports.ts'
import { textOfHtml } from './html-text.ts'
import { kindOfReply } from './reply-kind.ts'

/** What the sending server said before the mail. */
export type Envelope = { from: string; to: readonly string[] }

const limits = {
  bytes: 2 * 1024 * 1024,
  lines: 30_000,
  dashLines: 5_000,
  headers: 128 * 1024,
  depth: 20,
  addresses: 100,
  references: 100,
  text: 256 * 1024,
}

/** Throws InputError when the mail is larger or more deeply nested than a mail that people write. */
export async function parseMail(raw: Uint8Array, envelope?: Envelope): Promise<IncomingMail> {
  const email = await parseWithin(raw)
  const contentHash = createHash('sha256').update(raw).digest('hex')
  const from = clean(addressesOf(email.from ? [email.from] : [])[0] ?? envelope?.from ?? '', 320)
  const to = recipientsOf(email, envelope)
  const subject = clean(email.subject ?? '', 500)
    .replace(/\s+/g, ' ')
    .trim()
  const { kind, because } = kindOfReply({
    headers: new Map(email.headers.map((h) => [h.key, h.value])),
    subject,
    envelopeFrom: envelope?.from,
    from,
    to,
    deliveryStatus: deliveryStatusOf(email),
  })
  return {
    messageId: idsIn(email.messageId ?? '')[0] ?? `<${contentHash}@no-message-id.invalid>`,
    ...{ from, to, subject, references: referencesOf(email), kind, because: clean(because, 300) },
    ...{ text: clean(textOf(email), limits.text), raw, contentHash },
  }
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

/** The parser bounds depth and headers, not breadth: each line costs it time, the more so if it may be the boundary of a part. */
function tooMuch(raw: Uint8Array): string | undefined {
  if (raw.length > limits.bytes) return `more than ${limits.bytes} bytes`
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  if (moreThan(limits.lines, bytes, '\n')) return `more than ${limits.lines} lines`
  return moreThan(limits.dashLines, bytes, '\n--') ? `more than ${limits.dashLines} lines that look like the boundary of a part` : undefined
}

function moreThan(max: number, bytes: Buffer, sought: string): boolean {
  let found = 0
  for (let at = bytes.indexOf(sought); at >= 0 && found <= max; at = bytes.indexOf(sought, at + 1)) found += 1
  return found > max
}

function recipientsOf(email: Email, envelope: Envelope | undefined): string[] {
  const named = addressesOf([...(email.to ?? []), ...(email.cc ?? [])])
  const all = [...(envelope?.to ?? []), ...named, ...(email.deliveredTo ? [email.deliveredTo] : [])]
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

/** Bounded, and nothing in it that the store (no NUL, no half of a surrogate pair) or a terminal would choke on. */
function clean(text: string, max: number): string {
  return text
    .slice(0, max)
    .replace(/\r\n?/g, '\n')
    .replace(/[\ud800-\udfff]/gu, '\ufffd')
    .replace(/[^\P{Cc}\n\t]/gu, '\ufffd')
}
