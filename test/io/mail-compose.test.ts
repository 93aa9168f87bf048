import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { PermanentError } from '../../core/domain/errors.ts'
import { composeMail } from '../../core/io/mail/compose-mail.ts'
import type { OutgoingMail } from '../../core/ports.ts'
import { sampleMail } from './mail-rig.ts'

const usual = [
  'From',
  'To',
  'Reply-To',
  'Subject',
  'Message-ID',
  'X-Exercise',
  'Date',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
]
/** What an attacker who may choose a word of a mail would try. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ maxLength: 200 }),
  fc.constantFrom(
    'x\r\nBcc: all@site.example',
    'x\nBcc: a@b.example',
    'x\r\n\r\nbody',
    '{{constructor.constructor}}',
    '=?utf-8?q?=0D=0ABcc:_a@b.example?=',
    '--=_',
    '\u202eexample',
    'From x',
    '.',
    'a'.repeat(2_000),
  ),
)

async function headOf(mail: OutgoingMail): Promise<string[]> {
  const text = Buffer.from((await composeMail(mail)).bytes).toString('latin1')
  return text.slice(0, text.indexOf('\r\n\r\n')).split(/\r\n(?![ \t])/)
}

describe('a mail that is composed', () => {
  test('given the same mail twice, then it is the same to the last byte, with attachments too, and names no machine and no program', async () => {
    const mail = { ...sampleMail, attachments: [{ name: 'report.json', contentType: 'application/json', bytes: Buffer.from('{}') }] }
    const [one, two] = [await composeMail(mail), await composeMail(mail)]
    expect(Buffer.compare(one.bytes, two.bytes)).toBe(0)
    expect(one.envelope).toEqual({ from: mail.replyTo, to: [mail.to], size: one.bytes.length })
    expect(Buffer.from(one.bytes).toString()).not.toMatch(/x-mailer|user-agent|nodemailer|received:/i)
  })

  test('given another mail, then its boundary is another', async () => {
    const attachments = [{ name: 'a.txt', contentType: 'text/plain', bytes: Buffer.from('a') }]
    const texts = await Promise.all(
      ['<1@csirt.example>', '<2@csirt.example>'].map(async (messageId) =>
        Buffer.from((await composeMail({ ...sampleMail, messageId, attachments })).bytes).toString(),
      ),
    )
    const [one, two] = texts.map((text) => /boundary="([^"]+)"/.exec(text)?.[1])
    expect(one).toMatch(/^=_[0-9a-f]{32}$/)
    expect(two).not.toBe(one)
  })

  test('given a mail within a thread and with attachments, then a reader finds all of it', async () => {
    const bytes = Buffer.from(Array.from({ length: 999 }, (_, i) => i % 256))
    const mail = await PostalMime.parse(
      (
        await composeMail({
          ...sampleMail,
          inReplyTo: '<b@site.example>',
          references: ['<a@csirt.example>', '<b@site.example>'],
          attachments: [{ name: 'disk.img', contentType: 'application/octet-stream', bytes }],
        })
      ).bytes,
    )
    expect(mail).toMatchObject({
      inReplyTo: '<b@site.example>',
      references: '<a@csirt.example> <b@site.example>',
      subject: sampleMail.subject,
    })
    expect(mail.text?.trimEnd()).toBe(sampleMail.text.trimEnd())
    expect(mail.attachments.map((one) => [one.filename, one.mimeType, Buffer.from(one.content as ArrayBuffer)])).toEqual([
      ['disk.img', 'application/octet-stream', bytes],
    ])
  })

  test('given a foreign Message-ID that is none, then it is left out, and our answer goes all the same', async () => {
    const wild = [
      '<a@b.example>\r\nBcc: all@site.example',
      'no id',
      '<ü@site.example>',
      '<x y@site.example>',
      `<${'x'.repeat(300)}@site.example>`,
    ]
    const mail = await PostalMime.parse((await composeMail({ ...sampleMail, inReplyTo: wild[0]!, references: [...wild, '<odd>'] })).bytes)
    expect(mail.inReplyTo).toBeUndefined()
    expect(mail.references).toBe('<odd>')
    expect(mail.bcc).toBeUndefined()
  })

  test('given whatever in subject, headers and text, then it goes to the one recipient, with no header but ours, in short lines of ASCII', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, hostile, async (subject, value, text) => {
        const mail = { ...sampleMail, subject, text, headers: { ...sampleMail.headers, 'X-Exercise': value } }
        const composed = await composeMail(mail).catch((error) => error)
        if (composed instanceof PermanentError) return
        expect(composed.envelope.to).toEqual([sampleMail.to])
        const names = (await headOf(mail)).map((line) => line.slice(0, line.indexOf(':')))
        const empty = [subject, value].filter((one) => one.replace(/[\s\p{Cf}\u2028\u2029]/gu, '') === '').length
        expect(usual).toEqual(expect.arrayContaining(names))
        expect(new Set(names).size).toBe(names.length)
        expect(names.length).toBeGreaterThanOrEqual(usual.length - empty)
        const whole = Buffer.from(composed.bytes).toString('latin1')
        expect(whole).toMatch(/^[\t\r\n\x20-\x7e]*$/)
        expect(whole.split('\r\n').every((line) => line.length <= 998 && !/[\r\n]/.test(line))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('given whatever text, then the reader reads it as it was, line ends apart, and no relay has a line to mend', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { maxLength: 20 }), async (lines) => {
        const text = Buffer.from(lines.join('\n')).toString()
        const { bytes } = await composeMail({ ...sampleMail, text })
        const plain = text.replace(/\r\n?|\n/g, '\n')
        const seen = await PostalMime.parse(bytes)
        expect((seen.text ?? '').replace(/\n$/, '')).toBe(plain.replace(/\n$/, ''))
        const body = Buffer.from(bytes).toString('latin1').split('\r\n\r\n').slice(1).join('\r\n\r\n')
        expect(body.split('\r\n').filter((line) => line.length > 76 || /[ \t]$|^From |^\./.test(line))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  test('given text that holds the boundary, then it stays text', async () => {
    const attachments = [{ name: 'a.txt', contentType: 'text/plain', bytes: Buffer.from('a') }]
    const first = Buffer.from((await composeMail({ ...sampleMail, attachments })).bytes).toString()
    const boundary = /boundary="([^"]+)"/.exec(first)?.[1]
    const text = `--${boundary}\nContent-Type: text/html\n\n<b>forged</b>\n--${boundary}--\n`
    const mail = await PostalMime.parse((await composeMail({ ...sampleMail, text, attachments })).bytes)
    expect(mail.html).toBeUndefined()
    expect(mail.text?.trimEnd()).toBe(text.trimEnd())
    expect(mail.attachments).toHaveLength(1)
  })

  const file = { name: 'a.txt', contentType: 'text/plain', bytes: Buffer.from('a') }
  test.each<[string, Partial<OutgoingMail>, RegExp]>([
    ['line break in the subject', { subject: 'x\r\nBcc: all@site.example' }, /subject/],
    ['very long subject', { subject: 'x'.repeat(901) }, /subject/],
    ['line break in the recipient', { to: 'a@site.example\r\nBcc: all@site.example' }, /To is not/],
    ['list of recipients', { to: 'a@site.example, all@site.example' }, /To is not/],
    ['display name of the recipient', { to: 'A <a@site.example>' }, /To is not/],
    ['recipient that looks like another', { to: 'a@\u0455ite.example' }, /To is not/],
    ['recipient with a mark that turns text round', { to: 'a@\u202eelpmaxe.site' }, /To is not/],
    ['line break in the sender', { from: 'ssc@csirt.example\r\nBcc: all@site.example' }, /From is not/],
    ['line break in the name of the sender', { from: 'X\nBcc: all@site.example <ssc@csirt.example>' }, /From is not/],
    ['sender whose name is another address', { from: '"security@site.example" <ssc@csirt.example>' }, /From is not/],
    ['sender whose name turns text round', { from: 'a\u202eb <ssc@csirt.example>' }, /From is not/],
    ['sender whose name would be decoded', { from: '=?utf-8?q?=40?= <ssc@csirt.example>' }, /From is not/],
    ['line break in the reply address', { replyTo: 'ssc@csirt.example>\r\nRCPT TO:<all@site.example' }, /Reply-To is not/],
    ['line break in the Message-ID', { messageId: '<a@b.example>\r\nBcc: all@site.example' }, /Message-ID/],
    ['line break in a header', { headers: { 'X-A': 'x\nBcc: all@site.example' } }, /X-A/],
    ['very long header', { headers: { 'X-A': 'x'.repeat(901) } }, /X-A/],
    ['line break in the name of a header', { headers: { 'X-A: x\r\nBcc': 'all@site.example' } }, /not allowed/],
    ['header of our own', { headers: { Bcc: 'all@site.example' } }, /not allowed/],
    ['second subject', { headers: { subject: 'x' } }, /not allowed/],
    ['thread that a template makes up', { headers: { References: '<a@b.example>' } }, /not allowed/],
    ['date that is none', { headers: { Date: 'x\r\nBcc: all@site.example' } }, /Date/],
    ['path as the name of an attachment', { attachments: [{ ...file, name: '../a' }] }, /name for an attachment/],
    ['line break in the name of an attachment', { attachments: [{ ...file, name: 'a"\r\nBcc: x' }] }, /name for an attachment/],
    ['multipart as an attachment', { attachments: [{ ...file, contentType: 'multipart/mixed' }] }, /type for an attachment/],
    ['too many attachments', { attachments: Array.from({ length: 21 }, () => file) }, /more than 20/],
    ['too large attachments', { attachments: [{ ...file, bytes: Buffer.alloc(10 * 1024 * 1024 + 1) }] }, /bytes/],
    ['too long text', { text: 'x'.repeat(1024 * 1024 + 1) }, /text is longer/],
  ])('given a %s, then there is no mail', async (_what, wrong, words) => {
    const failure = composeMail({ ...sampleMail, ...wrong })
    await expect(failure).rejects.toBeInstanceOf(PermanentError)
    await expect(failure).rejects.toThrow(words)
  })

  test('given a path or an address where text belongs, then it is sent as text', async () => {
    const text = 'file:///etc/hostname\nhttp://127.0.0.1:1/\n'
    const mail = await PostalMime.parse((await composeMail({ ...sampleMail, text, subject: '{"path":"/etc/hostname"}' })).bytes)
    expect([mail.text, mail.subject]).toEqual([text, '{"path":"/etc/hostname"}'])
  })
})
