import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../core/domain/errors.ts'
import { readForm } from '../../core/domain/report-form.ts'
import { parseMail } from '../../core/io/mail/parse-mail.ts'

const token = '0123456789abcdef'.repeat(2)
const to = 'ssc@csirt.example'

function fixture(name: string): Buffer {
  // mail has CRLF, whatever an editor or git made of the file
  const text = readFileSync(join(import.meta.dirname, 'fixtures', 'mail', `${name}.eml`), 'latin1')
  return Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1')
}

function mail(headers: string[], body: string | Buffer = 'hello'): Buffer {
  const named = headers.some((h) => /^from:/i.test(h)) ? headers : ['From: Jo <jo@site.example>', ...headers]
  return Buffer.concat([Buffer.from(`${named.join('\r\n')}\r\n\r\n`), Buffer.from(body)])
}

/** The processor's time, which other work on the machine does not lengthen much. */
async function timed<T>(work: () => Promise<T>): Promise<{ value: T; cpuMs: number }> {
  const start = process.cpuUsage()
  const value = await work()
  const { user, system } = process.cpuUsage(start)
  return { value, cpuMs: (user + system) / 1_000 }
}

describe('a mail that comes in', () => {
  test('given a person’s reply, then it is read with its references, and only the new words fill the form', async () => {
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
    expect(readForm(read.text)).toEqual({ identity: '/DC=example/CN=Mallory Müller', job: '4711' })
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
    expect(readForm(read.text)).toEqual({ identity: '/CN=A & B <x>', job: '7', hosts: 'wn1' })
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

describe('a mail made to do harm', () => {
  const parts = (n: number, headers = '') => mail(['Content-Type: multipart/mixed; boundary=b'], `--b\r\n${headers}\r\n`.repeat(n))
  const nested = (n: number) => {
    const open = Array.from({ length: n }, (_, i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`)
    return mail(['Content-Type: multipart/mixed; boundary=b0'], open.join(''))
  }
  const siblings = Array.from({ length: 2_000 }, (_, i) => `--b\r\nContent-Type: multipart/mixed; boundary=x${i}\r\n\r\n`).join('')

  test.each<[string, Buffer]>([
    ['100,000 parts', parts(100_000)],
    ['a nest of 1,000 parts', nested(1_000)],
    ['a header line of 5 MB', mail([`Subject: ${'x'.repeat(5_000_000)}`])],
    ['a header line of 900 kB', mail([`References: ${'<a@b> '.repeat(150_000)}`])],
    ['200,000 headers', mail(Array.from({ length: 200_000 }, () => 'A: b'))],
    ['headers repeated in 4,000 parts', parts(4_000, `X: ${'y'.repeat(200)}\r\n`)],
    ['a million empty lines', mail([], '\r\n'.repeat(500_000))],
    ['5 MB', Buffer.alloc(5_000_000, 'a\n')],
  ])('given %s, then it is refused at once with a clean error', async (_name, raw) => {
    const { cpuMs } = await timed(() => expect(parseMail(raw)).rejects.toThrow(InputError))
    expect(cpuMs).toBeLessThan(2_000)
  })

  test.each<[string, Buffer]>([
    ['4,900 empty parts', parts(4_900)],
    ['many open boundaries and many dashes', mail(['Content-Type: multipart/mixed; boundary=b'], siblings + '--\r\n'.repeat(2_900))],
    ['a nest of 15', nested(15)],
    ['29,000 empty lines', mail([], '\r\n'.repeat(29_000))],
    ['1 MB of NULs', mail([], Buffer.alloc(1_000_000))],
    ['1 MB of <', mail(['Content-Type: text/html'], '<'.repeat(1_000_000))],
    ['unclosed comments', mail(['Content-Type: text/html'], '<!--'.repeat(250_000))],
    ['unclosed links', mail(['Content-Type: text/html'], '<a href='.repeat(120_000))],
    ['nested quotes', mail(['Content-Type: text/html'], '<blockquote>'.repeat(80_000))],
    ['entities', mail(['Content-Type: text/html'], '&amp;&#'.repeat(140_000))],
    ['flowed text', mail(['Content-Type: text/plain; format=flowed'], 'a \r\n'.repeat(29_000))],
    ['100 kB of To', mail([`To: ${'a@b.example, '.repeat(7_500)}`])],
    ['100 kB of brackets in To', mail([`To: ${'<"(:;,'.repeat(16_000)}`])],
    ['100 kB of comment', mail([`From: ${'('.repeat(100_000)}`, `To: ${'"\\'.repeat(5_000)}`])],
    ['100 kB of encoded words', mail([`Subject: ${'=?UTF-8?B?YQ==?= '.repeat(6_000)}`])],
    ['broken encoded words', mail([`Subject: ${'=?utf-8?q?'.repeat(10_000)}`])],
    ['half a reference', mail([`References: ${'<'.repeat(100_000)}`])],
    ['a wild Content-Type', mail([`Content-Type: text/plain; ${'a*0*="'.repeat(15_000)}`])],
    ['parameter continuations', mail([`Content-Type: text/plain; ${Array.from({ length: 6_000 }, (_, i) => `a*${i}=b`).join('; ')}`])],
    ['nothing', Buffer.alloc(0)],
  ])('given %s, then it is read in bounded time, and within bounds', async (_name, raw) => {
    const { value: read, cpuMs } = await timed(() => parseMail(raw))
    expect(cpuMs).toBeLessThan(3_000)
    expect(read.text.length).toBeLessThanOrEqual(256 * 1024)
    expect(read.to.length + read.references.length).toBeLessThanOrEqual(200)
    expect(read.subject.length).toBeLessThanOrEqual(500)
  })

  test('given a mail around a mail around a mail, then the inner ones are not unpacked', async () => {
    const wrap = (inner: Buffer) => mail(['Content-Type: message/rfc822'], inner)
    let raw = mail(['Subject: core'], 'Identity: hidden')
    for (let i = 0; i < 500; i++) raw = wrap(raw)
    expect((await parseMail(raw)).text).not.toContain('hidden')
  })

  test('given any bytes, then they are read or refused, never anything else', async () => {
    const line = fc.constantFrom(
      'From: a@b.example',
      'Content-Type: multipart/mixed; boundary="b"',
      '--b',
      '--b--',
      '',
      'To: x',
      'Content-Transfer-Encoding: base64',
      'Content-Type: text/html; charset=nonsense',
    )
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.array(fc.oneof(line, fc.string()), { maxLength: 40 }).map((lines) => new TextEncoder().encode(lines.join('\r\n'))),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (raw) => {
        const read = await parseMail(raw).catch((error) => {
          expect(error).toBeInstanceOf(InputError)
          return undefined
        })
        if (read) expect(JSON.stringify({ ...read, raw: '' })).not.toMatch(/\\u00[01]|\\ud[89a-f]/)
      }),
      { numRuns: 300 },
    )
  })
})
