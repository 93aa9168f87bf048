import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseMail } from '../../core/io/mail/parse-mail.ts'
import { mail } from './mails.ts'

const token = '0123456789abcdef'.repeat(2)
const to = 'ssc@csirt.example'

function fixture(name: string): Buffer {
  // mail has CRLF, whatever an editor or git made of the file
  const text = readFileSync(join(import.meta.dirname, 'fixtures', 'mail', `${name}.eml`), 'latin1')
  return Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1')
}

describe('a mail that comes in', () => {
  test('given a person’s reply, then it is read with its references, and only the new words are its author’s', async () => {
    const raw = fixture('human-reply')
    const read = await parseMail(raw, { from: 'jo@site.example', to: [to] })
    expect(read).toMatchObject({
      messageId: '<reply-1@site.example>',
      from: 'jo@site.example',
      subject: 'Re: EXERCISE: closure report wanted from SITE-ONE [EGI-20270111] TLP:AMBER',
      kind: 'human',
      references: ['<older@site.example>', `<ssc.closing.${token}@csirt.example>`],
      contentHash: createHash('sha256').update(raw).digest('hex'),
    })
    expect(read.to).toEqual([to, `ssc+c${token}@csirt.example`, 'boss@site.example'])
    expect(read.said).toContain('/DC=example/CN=Mallory Müller')
    expect(read.said).not.toContain('>')
  })

  test('given a bounce, then it is known as one, and what it returns says which mail it is about', async () => {
    const read = await parseMail(fixture('bounce'), { from: '', to: [to] })
    expect(read).toMatchObject({ kind: 'bounce', because: 'delivery status notification, action failed' })
    expect(read.references).toEqual([`<ssc.alert.${token}@csirt.example>`])
  })

  test('given a notification of a delay only, then it is automatic, not a bounce', async () => {
    const delayed = fixture('bounce').toString('latin1').replace('Action: failed', 'Action: delayed')
    expect(await parseMail(Buffer.from(delayed, 'latin1'))).toMatchObject({
      kind: 'automatic',
      because: expect.stringContaining('delayed'),
    })
  })

  test('given only the returned headers, encoded, then the mail that it is about is still found', async () => {
    const headers = Buffer.from(`Subject: x\r\nMessage-ID:\r\n <ssc.alert.${token}@csirt.example>\r\n`).toString('base64')
    const raw = mail(
      ['Content-Type: multipart/report; report-type=delivery-status; boundary=b'],
      `--b\r\n\r\nSorry\r\n--b\r\nContent-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: base64\r\n\r\n${headers}\r\n--b--\r\n`,
    )
    expect(await parseMail(raw)).toMatchObject({ kind: 'bounce', references: [`<ssc.alert.${token}@csirt.example>`] })
  })

  test.each<[string, string[], string]>([
    ['automatic', ['Auto-Submitted: auto-replied (vacation)'], 'Auto-Submitted'],
    ['human', ['Auto-Submitted: no'], 'nothing'],
    ['automatic', ['X-Auto-Response-Suppress: All'], 'x-auto-response-suppress'],
    ['automatic', ['X-Autoreply: yes'], 'x-autoreply'],
    ['human', ['X-Autoreply: no'], 'nothing'],
    ['automatic', ['Precedence: auto_reply'], 'Precedence'],
    ['automatic', ['Precedence: bulk'], 'Precedence'],
    ['human', ['Precedence: bulk', 'X-RT-Originator: jo@site.example', 'Subject: Re: [site.example #7] alert'], 'nothing'],
    ['automatic', ['Precedence: bulk', `RT-Originator: ${to}`, 'Subject: [site.example #7] seen'], 'Precedence'],
    ['automatic', ['Subject: [site.example #7] AutoReply: EXERCISE'], 'subject'],
    ['automatic', ['Subject: Automatic reply: EXERCISE'], 'subject'],
    ['automatic', ['Subject: =?UTF-8?Q?R=C3=A9ponse_automatique?= : alert'], 'subject'],
    ['automatic', ['Subject: Out of Office'], 'subject'],
    ['automatic', ['Subject: Your ticket 123 has been created'], 'subject'],
    ['human', ['Subject: Re: we opened a ticket, request received'], 'nothing'],
    ['automatic', ['Return-Path: <>'], 'null sender'],
    ['bounce', ['From: Mail Delivery System <MAILER-DAEMON@mx.example>', 'Return-Path: <>'], 'null sender'],
    ['human', ['From: Mail Delivery System <MAILER-DAEMON@mx.example>'], 'nothing'],
    ['automatic', ['Content-Type: multipart/report; report-type=disposition-notification; boundary=b'], 'no delivery status'],
  ])('given what makes it %s: %j, then it is held to be so, for that reason', async (kind, headers, because) => {
    const read = await parseMail(mail([`To: ${to}`, ...headers]))
    expect(read.kind).toBe(kind)
    expect(read.because).toContain(because)
  })

  test.each<[string, string[], string | Buffer]>([
    [
      'base64',
      ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64'],
      Buffer.from('Grüße, 調査中').toString('base64'),
    ],
    [
      'quoted-printable',
      ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable'],
      'Gr=C3=BC=C3=9Fe, =E8=AA=BF=E6=9F=BB=E4=\r\n=B8=AD',
    ],
    ['8 bit', ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit'], 'Grüße, 調査中'],
  ])('given %s, then its words are read', async (_name, headers, body) => {
    expect((await parseMail(mail(headers, body))).text.trim()).toBe('Grüße, 調査中')
  })

  test('given ISO-2022-JP, then its words are read', async () => {
    const body = Buffer.from('\x1b$BD4::Cf\x1b(B', 'latin1')
    const read = await parseMail(
      mail(['Content-Type: text/plain; charset=ISO-2022-JP', 'Subject: =?ISO-2022-JP?B?GyRCRDQ6OkNmGyhC?='], body),
    )
    expect([read.text.trim(), read.subject]).toEqual(['調査中', '調査中'])
  })

  test('given HTML only, then its words are read, and what it quotes is no answer', async () => {
    const html =
      '<html><head><style>p {}</style><title>t</title></head><body><!-- a > b --><p>Identity: /CN=A &amp; B &lt;x&gt;</p><div>Job:&nbsp;7<br>Hosts: wn&#49;</div>' +
      '<script>Job: 8</script><blockquote><p>Contained at: now</p></blockquote><p>bye</p></body></html>'
    const read = await parseMail(mail(['Content-Type: text/html; charset=utf-8'], html))
    expect(read.text).toContain('Identity: /CN=A & B <x>')
    expect(read.text).toContain('> Contained at: now')
    expect(read.text).not.toMatch(/Job: 8|p \{\}|a > b/)
    expect(read.said).toMatch(/Hosts: wn1/i)
    expect(read.said).not.toContain('Contained at')
  })

  test('given no Message-ID, or a wild one, then one is made from the content, the same each time', async () => {
    const raw = mail(['Subject: x', `Message-ID: <${'x'.repeat(400)}@a>`])
    const [one, two] = [await parseMail(raw), await parseMail(Buffer.from(raw))]
    expect(one.messageId).toBe(`<${one.contentHash}@no-message-id.invalid>`)
    expect(two.messageId).toBe(one.messageId)
  })

  test('given a text that is cut in the middle of a character, then no half of it is kept', async () => {
    const read = await parseMail(mail(['Content-Type: text/plain; charset=utf-8'], `x${'\u{1f600}'.repeat(140_000)}`))
    expect(read.text).toHaveLength(256 * 1024)
    expect(read.text).not.toMatch(/[\ud800-\udfff]/u)
  })

  test('given NULs, controls and halves of surrogates, then nothing of them reaches the log', async () => {
    const raw = mail(
      [
        'Subject: a\u0000b\u0007\u001b[31m =?UTF-16BE?B?2AA=?=',
        'Message-ID: <a\u0000b@c.example>',
        'X-Autoreply: \u0000',
        'Content-Type: text/plain; charset=utf-16le',
      ],
      Buffer.from([0x41, 0x00, 0x00, 0x00, 0x00, 0xd8, 0x42, 0x00]),
    )
    const { raw: _raw, ...read } = await parseMail(raw)
    expect(JSON.stringify(read)).not.toMatch(/\\u00[01]|\\ud[89a-f]/)
    expect(read.text).toMatch(/^A.*B/)
  })
})

describe('the charset of a mail', () => {
  test.each<[string, string, number[], string]>([
    ['windows-1250', '8bit', [0xb9, 0xe8], 'ąč'],
    ['windows-1251', '8bit', [0xcf, 0xf0, 0xe8], 'При'],
    ['windows-1252', '8bit', [0x80, 0xfc], '€ü'],
    ['koi8-r', '8bit', [0xf0, 0xd2, 0xc9], 'При'],
    ['GB18030', '8bit', [0xb5, 0xf7, 0xb2, 0xe9], '调查'],
    ['iso-8859-15', '8bit', [0xa4], '€'],
    ['utf-16', 'base64', [0xff, 0xfe, 0xfc, 0x00, 0x0a, 0x00, 0xdf, 0x00], 'ü\nß'],
    ['utf-16be', 'base64', [0x00, 0xfc, 0x00, 0x0a, 0x00, 0xdf], 'ü\nß'],
  ])('given %s as %s, then its words are read', async (charset, encoding, bytes, words) => {
    const body = encoding === 'base64' ? Buffer.from(bytes).toString('base64') : Buffer.from(bytes)
    const raw = mail([`Content-Type: text/plain; charset=${charset}`, `Content-Transfer-Encoding: ${encoding}`], body)
    expect((await parseMail(raw)).text.trim()).toBe(words)
  })

  test('given one that nobody knows, then what can be read is there, with a note that is not the author’s', async () => {
    const raw = mail(
      ['Subject: =?x-other?Q?gr=FC=DFe?=', 'Content-Type: text/plain;\r\n charset="x-klingon"'],
      Buffer.from('Gr\xfc\xdfe', 'latin1'),
    )
    const read = await parseMail(raw)
    expect(read.text).toMatch(/^\[not known: the charset x-klingon, x-other;.*\]\nGrüße/)
    expect(read.said).toBe('Grüße')
  })

  test.each(['utf-8', 'us-ascii', 'ISO-8859-1', 'cp1252', 'x-sjis', 'windows-31j', 'cp932', 'ks_c_5601-1987', 'tis-620', 'hz-gb-2312'])(
    'given %s, then there is no such note',
    async (charset) => {
      const { text } = await parseMail(mail([`Content-Type: text/plain; charset=${charset}`]))
      expect(text.startsWith('[not known')).toBe(charset === 'hz-gb-2312')
    },
  )
})

describe('what a mail brings along', () => {
  const zip = Buffer.from('PK\u0003\u0004 not opened')
  const attachment = (disposition: string) => [
    '--b',
    'Content-Type: application/zip',
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; ${disposition}`,
    '',
    zip.toString('base64'),
  ]
  const withParts = (parts: string[][]) =>
    mail(['Content-Type: multipart/mixed; boundary=b'], [...['--b', '', 'see there'], ...parts.flat(), '--b--'].join('\r\n'))

  test('given attachments, then they are named, counted and hashed, and no name leads anywhere', async () => {
    const names = [
      'filename="logs.zip"',
      "filename*=utf-8''%2e%2e%2fetc%2fpass%0awd%e2%80%ae",
      'filename="C:\\\\tmp\\\\a.exe"',
      'filename=".."',
      'x=y',
    ]
    const read = await parseMail(withParts(names.map(attachment)))
    expect(read.attachments.map(({ name }) => name)).toEqual(['logs.zip', 'pass wd', 'a.exe', 'unnamed', 'unnamed'])
    const sha256 = createHash('sha256').update(zip).digest('hex')
    expect(read.attachments[0]).toEqual({ name: 'logs.zip', contentType: 'application/zip', bytes: zip.length, sha256 })
    expect(read.said).toBe('see there')
  })

  test('given more than fifty, then fifty are told of', async () => {
    const read = await parseMail(withParts(Array.from({ length: 60 }, (_, i) => attachment(`filename=${i}`))))
    expect(read.attachments).toHaveLength(50)
  })

  test('given a date, or none that can be read, then it is told only if it can', async () => {
    expect((await parseMail(mail(['Date: Mon, 11 Jan 2027 09:00:00 +0100']))).dateMs).toBe(Date.UTC(2027, 0, 11, 8))
    expect(await parseMail(mail(['Date: yesterday']))).not.toHaveProperty('dateMs')
  })

  test.each<[string, boolean]>([
    ['X-Spam-Flag: YES', true],
    ['X-Spam-Status: Yes, score=7.1 required=5.0', true],
    ['X-Spam: yes', true],
    ['X-Spamd-Result: default: True [17.00 / 15.00]', true],
    ['X-MS-Exchange-Organization-SCL: 6', true],
    ['X-Spam-Status: No, score=-1.9', false],
    ['X-MS-Exchange-Organization-SCL: -1', false],
    ['Subject: X-Spam-Flag: YES', false],
  ])('given %s, then it is held to be spam: %s', async (header, isSpam) => {
    const { spam } = await parseMail(mail([header]))
    expect(spam).toEqual(isSpam ? expect.stringContaining(': ') : undefined)
  })

  test('given no envelope, then the headers of the delivery agent say who got it and who sent it', async () => {
    const raw = mail([
      'Return-Path: <>',
      'Delivered-To: a@x.example',
      'X-Original-To: ssc+a1@x.example',
      'To: list@x.example',
      'Return-Path: <b@y.example>',
    ])
    const read = await parseMail(raw)
    expect(read.to).toEqual(['a@x.example', 'ssc+a1@x.example', 'list@x.example'])
    expect(read).toMatchObject({ kind: 'automatic', because: 'null sender' })
    expect((await parseMail(raw, { from: 'b@y.example', to: ['me@x.example'] })).to[0]).toBe('me@x.example')
  })
})
