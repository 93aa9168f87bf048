import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import { composeMail } from '../../core/io/mail/compose-mail.ts'
import { closeAll, mailerTo, sampleMail, script, send, startPeer, startSink, toClose } from './mail-rig.ts'

afterEach(closeAll)

describe('the mailer', () => {
  test('given a server that takes the mail, then its answer comes back, and the mail is what was asked for', async () => {
    const { port, taken } = await startSink()
    expect(await send(mailerTo(port))).toBe('250 kept as 1xV10n')
    expect(taken).toHaveLength(1)
    const { raw, ...envelope } = taken[0]!
    expect(envelope).toEqual({ from: 'ssc+a0123@csirt.example', to: ['security@site.example'] })
    const [head = '', body = ''] = raw.split(/\r\n\r\n/, 2)
    expect(head).toContain('Message-ID: <ssc.alert.0123@csirt.example>')
    expect(head).toContain('From: Example CSIRT <ssc@csirt.example>')
    expect(head).toContain('Reply-To: ssc+a0123@csirt.example')
    expect(head).toContain('Date: Mon, 11 Jan 2027 08:00:00 +0000')
    expect(head).toContain('X-Exercise: yes')
    expect(body).toContain('\r\n=2E\r\n=2E.dots stay\r\nGr=C3=BC=C3=9Fe')
  })

  test('given the same mail twice, then it bears the same Message-ID', async () => {
    const { port, taken } = await startSink()
    const mailer = mailerTo(port)
    await Promise.all([send(mailer), send(mailer)])
    expect(taken.map((t) => /^Message-ID: (.*)$/m.exec(t.raw)?.[1])).toEqual([sampleMail.messageId, sampleMail.messageId])
  })

  test('given more mails than connections, then all go out, and no more at a time than allowed', async () => {
    let most = 0
    let total = 0
    let now = 0
    const { port, taken } = await startSink({
      onConnect: (_session, done) => {
        most = Math.max(most, ++now)
        total += 1
        done()
      },
      onClose: () => {
        now -= 1
      },
    })
    const mailer = mailerTo(port, { maxConnections: 2 })
    await Promise.all(Array.from({ length: 20 }, (_, i) => send(mailer, { ...sampleMail, messageId: `<m${i}@csirt.example>` })))
    expect(new Set(taken.map((t) => /^Message-ID: (.*)$/m.exec(t.raw)?.[1])).size).toBe(20)
    expect([most, total]).toEqual([2, 2])
  })

  const no = (responseCode: number) => Object.assign(new Error('no, thanks'), { responseCode })
  test.each<[number, string, SMTPServerOptions, unknown]>([
    [550, 'the recipient', { onRcptTo: (_a, _s, done) => done(no(550)) }, PermanentError],
    [450, 'the recipient', { onRcptTo: (_a, _s, done) => done(no(450)) }, TransientError],
    [553, 'the sender', { onMailFrom: (_a, _s, done) => done(no(553)) }, PermanentError],
    [451, 'the sender', { onMailFrom: (_a, _s, done) => done(no(451)) }, TransientError],
    [554, 'the message', { onData: (stream, _s, done) => void stream.resume().on('end', () => done(no(554))) }, PermanentError],
    [452, 'the message', { onData: (stream, _s, done) => void stream.resume().on('end', () => done(no(452))) }, TransientError],
    [421, 'the message', { onData: (stream, _s, done) => void stream.resume().on('end', () => done(no(421))) }, TransientError],
    [554, 'us at all', { onConnect: (_s, done) => done(no(554)) }, TransientError],
    [552, 'the size', { size: 100 }, PermanentError],
  ])('given a server that answers %i to %s, then it is told which kind of no that is', async (code, _what, options, error) => {
    const { port } = await startSink(options)
    const failure = send(mailerTo(port))
    await expect(failure).rejects.toBeInstanceOf(error)
    await expect(failure).rejects.toThrow(code === 552 ? 'size' : `${code} no, thanks`)
  })

  test.each<[string, Record<string, string>, unknown]>([
    ['breaks off before its greeting', { greeting: 'drop' }, TransientError],
    ['breaks off at EHLO', { EHLO: 'drop' }, TransientError],
    ['breaks off at MAIL', { MAIL: 'drop' }, TransientError],
    ['breaks off at RCPT', { RCPT: 'drop' }, TransientError],
    ['breaks off at DATA', { DATA: 'drop' }, TransientError],
    ['breaks off after the dot, without an answer', { '.': 'drop' }, UnsureError],
    ['is silent from the start', { greeting: 'hang' }, TransientError],
    ['is silent after RCPT', { RCPT: 'hang' }, TransientError],
    ['is silent after the dot', { '.': 'hang' }, UnsureError],
    ['answers nonsense after the dot', { '.': 'what?' }, UnsureError],
    ['answers 354 after the dot', { '.': '354 more' }, UnsureError],
    ['answers nonsense at first', { greeting: 'HTTP/1.1 400 Bad Request' }, TransientError],
  ])('given a server that %s, then the mailer knows whether the mail may have got through', async (_what, over, error) => {
    const { port, lines } = await startPeer(script(over))
    await expect(send(mailerTo(port, { connectTimeoutMs: 400, answerTimeoutMs: 400 }))).rejects.toBeInstanceOf(error)
    expect(lines.includes('.')).toBe(error === UnsureError)
  })

  test('given a server that breaks off in the middle of a large mail, then it certainly has none, and it is worth trying again', async () => {
    const { port, lines } = await startPeer(script({ body: 'drop' }))
    const large = { ...sampleMail, attachments: [{ name: 'log.txt', contentType: 'text/plain', bytes: Buffer.alloc(9_000_000, 'x') }] }
    await expect(send(mailerTo(port), large)).rejects.toBeInstanceOf(TransientError)
    expect(lines).not.toContain('.')
  })

  test('given a server that breaks off in the middle of a small mail, all of which was on its way, then that is unsure', async () => {
    const { port } = await startPeer(script({ body: 'drop' }))
    await expect(send(mailerTo(port))).rejects.toBeInstanceOf(UnsureError)
  })

  test('given lines that begin with a dot, then they come as they were, byte for byte', async () => {
    const { port, taken } = await startSink()
    const bytes = Buffer.from('Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n')
    const { envelope, ...composed } = await composeMail(sampleMail)
    await mailerTo(port).send({ ...composed, bytes, envelope: { ...envelope, size: bytes.length } })
    expect(taken[0]?.raw).toBe(bytes.toString())
  })

  test("given a server that hears our name, then it is our address's, and not that of this machine", async () => {
    const { port, lines } = await startPeer(script({}))
    await send(mailerTo(port, { name: undefined }))
    expect(lines).toContain('EHLO csirt.example')
  })

  test('given a server that says no after the dot and breaks off within the line, then that is its answer', async () => {
    const { port } = await startPeer((line, socket) => {
      if (line !== '.') return script({})(line, socket)
      socket.end('550 no, thanks')
      return undefined
    })
    await expect(send(mailerTo(port))).rejects.toBeInstanceOf(PermanentError)
  })

  test.each<[string, Record<string, string>]>([
    ['breaks off', { RSET: 'drop' }],
    ['refuses', { RSET: '421 bye' }],
    ['is silent', { RSET: 'hang' }],
  ])('given a server that %s when a connection is used again, then the next mail goes over a new one', async (_what, over) => {
    const { port, lines } = await startPeer(script(over))
    const mailer = mailerTo(port, { answerTimeoutMs: 300 })
    await send(mailer)
    expect(await send(mailer)).toBe('250 kept')
    expect(lines.filter((l) => l === 'greeting')).toHaveLength(2)
    expect(lines.filter((l) => l === '.')).toHaveLength(2)
  })

  test('given a mail that was refused, then the next one is sent all the same', async () => {
    let first = true
    const { port, lines } = await startPeer((line, socket) => {
      const refuse = first && line.startsWith('RCPT')
      if (refuse) first = false
      return refuse ? '550 nobody' : script({})(line, socket)
    })
    const mailer = mailerTo(port)
    await expect(send(mailer)).rejects.toBeInstanceOf(PermanentError)
    expect(await send(mailer)).toBe('250 kept')
    expect(lines.filter((l) => l === '.')).toHaveLength(1)
  })

  test('given a connection that nobody needs, then it is closed politely', async () => {
    const { port, lines } = await startPeer(script({}))
    await send(mailerTo(port, { keepMs: 20 }))
    await vi.waitUntil(() => lines.includes('QUIT'))
  })

  test('given a server that drips its answer for ever, then the mailer gives up', async () => {
    const { port } = await startPeer((line, socket) => {
      if (line !== '.') return script({})(line, socket)
      const drip = setInterval(() => socket.write('250-a\r\n'), 20)
      socket.once('close', () => clearInterval(drip))
      return undefined
    })
    await expect(send(mailerTo(port, { answerTimeoutMs: 200 }))).rejects.toBeInstanceOf(UnsureError)
  })

  test('given nobody who listens, then it is worth trying again', async () => {
    const { port } = await startSink()
    await toClose.pop()?.()
    await expect(send(mailerTo(port))).rejects.toBeInstanceOf(TransientError)
  })

  test('given a mailer that is closed while it waits for the answer, then the mail is unsure, and waiting ones are not sent', async () => {
    const { port, lines } = await startPeer(script({ '.': 'hang' }))
    const mailer = mailerTo(port, { maxConnections: 1, answerTimeoutMs: 120_000 })
    const results = Promise.allSettled([send(mailer), send(mailer)])
    await vi.waitUntil(() => lines.includes('.'))
    mailer.close()
    const [first, second] = await results
    expect(first).toMatchObject({ status: 'rejected', reason: expect.any(UnsureError) })
    expect(second).toMatchObject({ status: 'rejected', reason: expect.any(TransientError) })
    expect(lines.filter((l) => l === 'DATA')).toHaveLength(1)
  })
})
