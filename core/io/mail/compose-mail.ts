import MimeNode from 'nodemailer/lib/mime-node'
import { PermanentError } from '../../domain/errors.ts'
import { hasControls, isOwnHeader } from '../../domain/mail.ts'
import { MailAddress } from '../../domain/site.ts'
import { visibleText } from '../../domain/text.ts'
import type { ComposedMail, OutgoingMail } from '../../ports.ts'
import { boundaryOf, filePart, multipart, textPart } from './mime-part.ts'

/** Signs, and perhaps encrypts: takes the mail's content as a MIME part and gives another one. Throws PermanentError when it must not go, TransientError when it may be mended. */
export type MailCrypto = { protect(part: Uint8Array, mail: Pick<OutgoingMail, 'messageId' | 'to'>): Promise<Uint8Array> }

const most = { line: 900, text: 1024 * 1024, attachments: 20, attached: 10 * 1024 * 1024, references: 30 }

/**
 * The mail as it goes over the wire. One recipient; bounces go to the reply address, so that they carry the tag. The same
 * mail with a Date among its headers gives the same bytes, but for what its signature and its encryption bring.
 * Throws PermanentError when a field holds what does not belong there.
 */
export async function composeMail(mail: OutgoingMail, crypto?: MailCrypto): Promise<ComposedMail> {
  const from = parseSender(mail.from)
  const problems = findProblems(mail)
  if (!from) problems.push('From is not one address')
  if (problems.length > 0 || !from) throw new PermanentError(`the mail to '${visible(mail.to)}' cannot be sent: ${problems.join('; ')}`)
  const content = contentOf(mail)
  const part = crypto === undefined ? content : await crypto.protect(content, mail)
  const bytes = Buffer.concat([Buffer.from(headersOf(mail, from)), part])
  return { messageId: mail.messageId, to: mail.to, bytes, envelope: { from: mail.replyTo, to: [mail.to], size: bytes.length } }
}

function contentOf({ messageId, text, attachments = [] }: OutgoingMail): Buffer {
  const body = textPart(text)
  return attachments.length === 0 ? body : multipart('mixed', boundaryOf(messageId, 'mixed'), [body, ...attachments.map(filePart)])
}

type Mailbox = { name: string; address: string }

/** All header lines but those that tell of the content. nodemailer folds them, and encodes what is not ASCII. */
function headersOf(mail: OutgoingMail, from: Mailbox): string {
  const { Date: date, ...more } = mail.headers
  const node = new MimeNode()
  const set = (name: string, value: string | Mailbox) => node.setHeader(name, value as string)
  set('From', from)
  set('To', { name: '', address: mail.to })
  set('Reply-To', { name: '', address: mail.replyTo })
  set('Subject', plainValue(mail.subject))
  set('Message-ID', mail.messageId)
  // an odd id of somebody else's mail must not keep ours back
  if (mail.inReplyTo !== undefined && isId(mail.inReplyTo)) set('In-Reply-To', mail.inReplyTo)
  const references = (mail.references ?? []).filter(isId).slice(-most.references)
  if (references.length > 0) set('References', references.join(' '))
  for (const [name, value] of Object.entries(more)) set(name, plainValue(value))
  if (date !== undefined) set('Date', new Date(date).toUTCString().replace('GMT', '+0000'))
  return `${node.buildHeaders()}\r\n`
}

function findProblems(mail: OutgoingMail): string[] {
  const problems: string[] = []
  if (!MailAddress.safeParse(mail.to).success) problems.push('To is not one address')
  if (!MailAddress.safeParse(mail.replyTo).success) problems.push('Reply-To is not one address')
  if (!/^<[!-;=?A-~]{1,200}@[A-Za-z0-9.-]{1,253}>$/.test(mail.messageId)) problems.push('the Message-ID is not like <id@domain>')
  if (hasControls(mail.subject)) problems.push('the subject holds a line break or a control character')
  if (mail.subject.length > most.line) problems.push(`the subject is longer than ${most.line} characters`)
  if (mail.text.length > most.text) problems.push(`the text is longer than ${most.text} characters`)
  return [...problems, ...headerProblems(mail.headers), ...attachmentProblems(mail.attachments ?? [])]
}

function headerProblems(headers: OutgoingMail['headers']): string[] {
  const problems: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'Date' && !Number.isNaN(Date.parse(value))) continue
    if (!/^[A-Za-z][A-Za-z0-9-]{0,60}$/.test(name) || isOwnHeader(name) || isThreadHeader(name))
      problems.push(`the header '${visible(name)}' is not allowed`)
    else if (hasControls(value)) problems.push(`the header ${name} holds a line break or a control character`)
    else if (value.length > most.line) problems.push(`the header ${name} is longer than ${most.line} characters`)
  }
  return problems
}

function attachmentProblems(attachments: NonNullable<OutgoingMail['attachments']>): string[] {
  const problems = attachments.flatMap(({ name, contentType }) => {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) return [`'${visible(name)}' is not a name for an attachment`]
    const isType = /^(text|image|application)\/[a-z0-9][a-z0-9.+-]{0,60}(; charset=utf-8)?$/.test(contentType)
    return isType ? [] : [`'${visible(contentType)}' is not a type for an attachment`]
  })
  const bytes = attachments.reduce((sum, one) => sum + one.bytes.length, 0)
  if (attachments.length > most.attachments) problems.push(`there are more than ${most.attachments} attachments`)
  if (bytes > most.attached) problems.push(`the attachments have more than ${most.attached} bytes`)
  return problems
}

function isId(text: string): boolean {
  return /^<[!-;=?-~]{1,250}>$/.test(text)
}

/** Neither marks that reorder the line, nor an encoded word (RFC 2047) that only the reader's program would take apart. */
function plainValue(text: string): string {
  return visibleText(text).replaceAll('=?', '= ?')
}

/** They come as fields of their own, and each stands once. */
function isThreadHeader(name: string): boolean {
  return /^(in-reply-to|references|subject)$/i.test(name)
}

/** `ssc@csirt.example` or `Example CSIRT <ssc@csirt.example>`. A name that looks like another address is none. */
function parseSender(text: string): Mailbox | undefined {
  const [, before = '', inner] = /^([^<>]*)<([^<>]*)>$/.exec(text) ?? []
  const address = inner ?? text
  const name = before.trim().replace(/^"(.*)"$/, '$1')
  const isPlain = !name.includes('@') && plainValue(name) === name && name.length <= most.line
  return MailAddress.safeParse(address).success && isPlain ? { name, address } : undefined
}

function visible(text: string): string {
  return JSON.stringify(text.slice(0, 100)).slice(1, -1)
}
