import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { createParser } from '../../core/io/mail/safe-parse.ts'
import { bombs, mail, oddities, wrapped } from './mails.ts'

const parser = createParser()
afterAll(() => parser.close())

describe('a mail made to do harm', () => {
  test.each(bombs)('given %s, then it is corrupt, for a reason of one line', async (_name, make) => {
    const read = await parser.parse(make())
    expect(read).toEqual({ corrupt: expect.stringMatching(/^.{5,300}$/) })
    expect(read).not.toMatchObject({ corrupt: expect.stringMatching(/took longer|ended/) })
  })

  test.each(oddities)('given %s, then it is read, and within bounds', async (_name, make) => {
    const read = await parser.parse(make())
    expect(read).toHaveProperty('mail')
    if (!('mail' in read)) return
    expect(read.mail.text.length).toBeLessThanOrEqual(256 * 1024)
    expect(read.mail.said.length).toBeLessThanOrEqual(256 * 1024)
    expect(read.mail.to.length + read.mail.references.length).toBeLessThanOrEqual(200)
    expect(read.mail.attachments.length).toBeLessThanOrEqual(50)
    expect(read.mail.subject.length).toBeLessThanOrEqual(500)
  })

  test('given a mail around a mail around a mail, then the inner ones are not unpacked', async () => {
    expect(await parser.parse(wrapped(500))).toMatchObject({ mail: { text: expect.not.stringContaining('hidden') } })
  })
})

const line = fc.constantFrom(
  ...['From: a@b.example', 'To: x', '', '--b', '--b--', 'Content-Type: multipart/mixed; boundary="b"', 'Content-Type: message/rfc822'],
  ...['Content-Transfer-Encoding: base64', 'Content-Transfer-Encoding: quoted-printable', 'Content-Type: text/html; charset=nonsense'],
  ...["Content-Disposition: attachment; filename*0*=utf-16''%ff%fe; filename*1=\"\\", 'Subject: =?iso-2022-jp?B?GyQ=?= =?x?Q?=?='],
)
const lines = fc.array(fc.oneof(line, fc.string()), { maxLength: 40 })
const whole = mail(
  ['Message-ID: <1@site.example>', 'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=', 'Content-Type: multipart/mixed; boundary=b'],
  '--b\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n> quoted\r\nwords\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n--b--\r\n',
)
/** A good mail with some bytes overwritten, and its end cut off. */
const mutated = fc
  .tuple(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 30 }), fc.nat(whole.length))
  .map(([changes, end]) => {
    const raw = Buffer.from(whole)
    for (const [at, byte] of changes) raw[at] = byte
    return raw.subarray(0, end)
  })

test('given any bytes, then they are a mail or corrupt, and nothing of them reaches the log that it would choke on', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }),
    lines.map((some) => new TextEncoder().encode(some.join('\r\n'))),
    mutated,
  )
  await fc.assert(
    fc.asyncProperty(bytes, async (raw) => {
      const read = await parser.parse(raw)
      if (!('mail' in read)) return expect(read.corrupt).toMatch(/^[^\n]{1,300}$/)
      expect(read.mail.raw).toBe(raw)
      expect(JSON.stringify({ ...read.mail, raw: '' })).not.toMatch(/\\u00[01]|\\ud[89a-f]/)
    }),
    { numRuns: 400 },
  )
})
