import MailComposer from 'nodemailer/lib/mail-composer'
import { PermanentError } from '../../domain/errors.ts'
import { hasControls, isOwnHeader } from '../../domain/mail.ts'
import { MailAddress } from '../../domain/site.ts'
import type { OutgoingMail } from '../../ports.ts'

export type ComposedMail = { envelope: { from: string; to: string[]; size: number }; bytes: Buffer }

/** The mail as it goes over the wire. One recipient; bounces go to the reply address, so that they carry the tag. */
export async function composeMail(mail: OutgoingMail): Promise<ComposedMail> {
  const from = parseSender(mail.from)
  const problems = findProblems(mail)
  if (!from) problems.push('From is not one address')
  if (problems.length > 0 || !from) throw new PermanentError(`the mail to '${visible(mail.to)}' cannot be sent: ${problems.join('; ')}`)
  const { Date: date, ...headers } = mail.headers
  const composer = new MailComposer({
    from,
    to: { name: '', address: mail.to },
    replyTo: { name: '', address: mail.replyTo },
    subject: mail.subject,
    messageId: mail.messageId,
    text: mail.text,
    headers,
    ...(date === undefined ? {} : { date: new Date(date) }),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: '\r\n',
  })
  const bytes = await composer.compile().build()
  return { bytes, envelope: { from: mail.replyTo, to: [mail.to], size: bytes.length } }
}

function findProblems(mail: OutgoingMail): string[] {
  const problems: string[] = []
  if (!MailAddress.safeParse(mail.to).success) problems.push('To is not one address')
  if (!MailAddress.safeParse(mail.replyTo).success) problems.push('Reply-To is not one address')
  if (!/^<[^<>@\s]{1,200}@[A-Za-z0-9.-]{1,253}>$/.test(mail.messageId)) problems.push('the Message-ID is not like <id@domain>')
  if (hasControls(mail.subject)) problems.push('the subject holds a line break or a control character')
  for (const [name, value] of Object.entries(mail.headers)) {
    if (name === 'Date' && !Number.isNaN(Date.parse(value))) continue
    if (!/^[A-Za-z][A-Za-z0-9-]{0,60}$/.test(name) || isOwnHeader(name)) problems.push(`the header '${visible(name)}' is not allowed`)
    else if (hasControls(value)) problems.push(`the header ${name} holds a line break or a control character`)
  }
  return problems
}

/** `ssc@csirt.example` or `Example CSIRT <ssc@csirt.example>`. */
function parseSender(text: string): { name: string; address: string } | undefined {
  const [, name = '', inner] = /^([^<>]*)<([^<>]*)>$/.exec(text) ?? []
  const address = inner ?? text
  return MailAddress.safeParse(address).success && !hasControls(name) ? { name: name.trim().replace(/^"(.*)"$/, '$1'), address } : undefined
}

function visible(text: string): string {
  return JSON.stringify(text.slice(0, 100)).slice(1, -1)
}
