import type { Config } from './config.ts'
import { InputError } from './domain/errors.ts'
import { letters, type MailKind, messageIdOf, type Role, replyAddressOf, splitAddress, traitsOf } from './domain/mail.ts'
import { composeMail } from './io/mail/compose-mail.ts'
import { sampleMailData } from './io/mail/sample-mail.ts'
import { templateOf } from './io/mail/template-library.ts'
import { renderMail } from './io/mail/templates.ts'
import { loadMailTemplates, loadScenario } from './plugins.ts'

type Wish = { kind: MailKind; scenario: string; role?: Role; text: string }

/** No letter of a run has it. */
const SAMPLE_TOKEN = '0'.repeat(32)

/** A letter with invented data, unsigned: how a template looks before there is a run. Gives its bytes. */
export async function sampleLetter(
  config: Pick<Config, 'home' | 'mail'>,
  { kind, scenario: id, role: wanted, text }: Wish,
): Promise<Uint8Array> {
  const { scenario } = loadScenario(id, config.home)
  const role = wanted ?? traitsOf(kind).to[0] ?? 'site'
  if (!traitsOf(kind).to.includes(role))
    throw new InputError(`the ${letters[kind].title} is not for ${role}, but for ${traitsOf(kind).to.join(', ')}`, [])
  const data = { ...sampleMailData, scenario: scenario.title, to: { ...sampleMailData.to, role }, ...(text === '' ? {} : { text }) }
  const { subject, text: body, headers } = renderMail(templateOf(loadMailTemplates(config.home), kind, { scenario: id }), data)
  const { bytes } = await composeMail({
    messageId: messageIdOf(kind, SAMPLE_TOKEN, splitAddress(config.mail).domain),
    from: config.mail,
    to: 'csirt@site-one.example',
    replyTo: replyAddressOf(config.mail, kind, SAMPLE_TOKEN),
    subject,
    text: body,
    headers: { ...headers, Date: new Date(data.sentMs).toUTCString() },
  })
  return bytes
}
