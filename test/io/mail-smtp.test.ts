import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import { createMailer, type MailerOptions } from '../../core/io/mail/smtp-mailer.ts'
import type { Mailer, OutgoingMail } from '../../core/ports.ts'

const mail: OutgoingMail = {
  messageId: '<ssc.alert.0123@csirt.example>',
  from: 'Example CSIRT <ssc@csirt.example>',
  to: 'security@site.example',
  replyTo: 'ssc+a0123@csirt.example',
  subject: 'EXERCISE: Grüße',
  text: 'Hello,\n.\n..dots stay\nGrüße\n',
  headers: { 'X-Exercise': 'yes', Date: 'Mon, 11 Jan 2027 08:00:00 +0000' },
}

const toClose: (() => unknown)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})

type Taken = { from: string; to: string[]; raw: string }

/** A real SMTP server that keeps what it takes. */
async function startSink(options: SMTPServerOptions = {}): Promise<{ port: number; taken: Taken[] }> {
  const taken: Taken[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onData: async (stream, session, done) => {
      const raw = Buffer.concat(await stream.toArray()).toString('utf8')
      const { mailFrom, rcptTo } = session.envelope
      taken.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map((r) => r.address), raw })
      done(null, 'kept as 1xV10n')
    },
    ...options,
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  toClose.push(() => new Promise<void>((resolve) => server.close(resolve)))
  return { port: (server.server.address() as AddressInfo).port, taken }
}

/** A server that answers each line as told (not those of the message), to break off where no proper server does. */
async function startPeer(answer: (line: string, socket: Socket) => string | undefined): Promise<{ port: number; lines: string[] }> {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let inMessage = false
    const take = (line: string) => {
      if (inMessage && line !== '.') return
      lines.push(line)
      const words = answer(line, socket)
      inMessage = line === 'DATA' && words?.startsWith('354') === true
      if (words !== undefined) socket.write(`${words}\r\n`)
    }
    let rest = ''
    socket.on('data', (data) => {
      const parts = (rest + data.toString('latin1')).split('\r\n')
      rest = parts.pop() ?? ''
      for (const line of parts) take(line)
    })
    take('greeting')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  toClose.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, lines }
}

/** Says yes to everything but what `over` says. */
function script(over: Record<string, string | 'drop' | 'hang'>): (line: string, socket: Socket) => string | undefined {
  const usual: Record<string, string> = {
    greeting: '220 peer',
    EHLO: '250 peer',
    MAIL: '250 ok',
    RCPT: '250 ok',
    DATA: '354 go on',
    '.': '250 kept',
  }
  return (line, socket) => {
    const word = /^(greeting|\.|EHLO|MAIL|RCPT|DATA|RSET)/.exec(line)?.[0] ?? ''
    const answer = over[word] ?? usual[word]
    if (answer === 'drop') socket.destroy()
    return answer === 'drop' || answer === 'hang' ? undefined : answer
  }
}

function mailerTo(port: number, options: Partial<MailerOptions> = {}): Mailer {
  const mailer = createMailer({ host: '127.0.0.1', port, connectTimeoutMs: 2_000, answerTimeoutMs: 2_000, name: 'ssc.example', ...options })
  toClose.push(() => mailer.close())
  return mailer
}

describe('the mailer', () => {
  test('given a server that takes the mail, then its answer comes back, and the mail is what was asked for', async () => {
    const { port, taken } = await startSink()
    expect(await mailerTo(port).send(mail)).toBe('250 kept as 1xV10n')
    expect(taken).toHaveLength(1)
    const { raw, ...envelope } = taken[0]!
    expect(envelope).toEqual({ from: 'ssc+a0123@csirt.example', to: ['security@site.example'] })
    const [head = '', body = ''] = raw.split(/\r\n\r\n/, 2)
    expect(head).toContain('Message-ID: <ssc.alert.0123@csirt.example>')
    expect(head).toContain('From: Example CSIRT <ssc@csirt.example>')
    expect(head).toContain('Reply-To: ssc+a0123@csirt.example')
    expect(head).toContain('Date: Mon, 11 Jan 2027 08:00:00 +0000')
    expect(head).toContain('X-Exercise: yes')
    expect(body).toContain('\r\n.\r\n..dots stay\r\nGr=C3=BC=C3=9Fe')
  })

  test('given the same mail twice, then it bears the same Message-ID', async () => {
    const { port, taken } = await startSink()
    const mailer = mailerTo(port)
    await Promise.all([mailer.send(mail), mailer.send(mail)])
    expect(taken.map((t) => /^Message-ID: (.*)$/m.exec(t.raw)?.[1])).toEqual([mail.messageId, mail.messageId])
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
    await Promise.all(Array.from({ length: 20 }, (_, i) => mailer.send({ ...mail, messageId: `<m${i}@csirt.example>` })))
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
    const failure = mailerTo(port).send(mail)
    await expect(failure).rejects.toBeInstanceOf(error)
    await expect(failure).rejects.toThrow(code === 552 ? 'size' : `${code} no, thanks`)
  })

  test.each<[string, Record<string, string>, unknown]>([
    ['breaks off before its greeting', { greeting: 'drop' }, TransientError],
    ['breaks off after RCPT', { RCPT: 'drop' }, TransientError],
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
    await expect(mailerTo(port, { connectTimeoutMs: 400, answerTimeoutMs: 400 }).send(mail)).rejects.toBeInstanceOf(error)
    expect(lines.includes('.')).toBe(error === UnsureError)
  })

  test('given a server that says no after the dot and breaks off within the line, then that is its answer', async () => {
    const { port } = await startPeer((line, socket) => {
      if (line !== '.') return script({})(line, socket)
      socket.end('550 no, thanks')
      return undefined
    })
    await expect(mailerTo(port).send(mail)).rejects.toBeInstanceOf(PermanentError)
  })

  test.each<[string, Record<string, string>]>([
    ['breaks off', { RSET: 'drop' }],
    ['refuses', { RSET: '421 bye' }],
    ['is silent', { RSET: 'hang' }],
  ])('given a server that %s when a connection is used again, then the next mail goes over a new one', async (_what, over) => {
    const { port, lines } = await startPeer(script(over))
    const mailer = mailerTo(port, { answerTimeoutMs: 300 })
    await mailer.send(mail)
    expect(await mailer.send(mail)).toBe('250 kept')
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
    await expect(mailer.send(mail)).rejects.toBeInstanceOf(PermanentError)
    expect(await mailer.send(mail)).toBe('250 kept')
    expect(lines.filter((l) => l === '.')).toHaveLength(1)
  })

  test('given a connection that nobody needs, then it is closed politely', async () => {
    const { port, lines } = await startPeer(script({}))
    await mailerTo(port, { keepMs: 20 }).send(mail)
    await vi.waitUntil(() => lines.includes('QUIT'))
  })

  test('given a server that drips its answer for ever, then the mailer gives up', async () => {
    const { port } = await startPeer((line, socket) => {
      if (line !== '.') return script({})(line, socket)
      const drip = setInterval(() => socket.write('250-a\r\n'), 20)
      socket.once('close', () => clearInterval(drip))
      return undefined
    })
    await expect(mailerTo(port, { answerTimeoutMs: 200 }).send(mail)).rejects.toBeInstanceOf(UnsureError)
  })

  test('given nobody who listens, then it is worth trying again', async () => {
    const { port } = await startSink()
    await toClose.pop()?.()
    await expect(mailerTo(port).send(mail)).rejects.toBeInstanceOf(TransientError)
  })

  test('given a mailer that is closed while it waits for the answer, then the mail is unsure, and waiting ones are not sent', async () => {
    const { port, lines } = await startPeer(script({ '.': 'hang' }))
    const mailer = mailerTo(port, { maxConnections: 1, answerTimeoutMs: 120_000 })
    const results = Promise.allSettled([mailer.send(mail), mailer.send(mail)])
    await vi.waitUntil(() => lines.includes('.'))
    mailer.close()
    const [first, second] = await results
    expect(first).toMatchObject({ status: 'rejected', reason: expect.any(UnsureError) })
    expect(second).toMatchObject({ status: 'rejected', reason: expect.any(TransientError) })
    expect(lines.filter((l) => l === 'DATA')).toHaveLength(1)
  })

  test.each<[string, Partial<OutgoingMail>]>([
    ['subject', { subject: 'x\r\nBcc: all@site.example' }],
    ['recipient', { to: 'a@site.example\r\nBcc: all@site.example' }],
    ['list of recipients', { to: 'a@site.example, all@site.example' }],
    ['display name of the recipient', { to: 'A <a@site.example>' }],
    ['sender', { from: 'ssc@csirt.example\r\nBcc: all@site.example' }],
    ['name of the sender', { from: 'X\nBcc: all@site.example <ssc@csirt.example>' }],
    ['reply address', { replyTo: 'ssc@csirt.example>\r\nRCPT TO:<all@site.example' }],
    ['Message-ID', { messageId: '<a@b.example>\r\nBcc: all@site.example' }],
    ['header value', { headers: { 'X-A': 'x\nBcc: all@site.example' } }],
    ['header name', { headers: { 'X-A: x\r\nBcc': 'all@site.example' } }],
    ['header of our own', { headers: { Bcc: 'all@site.example' } }],
    ['date', { headers: { Date: 'x\r\nBcc: all@site.example' } }],
  ])('given a line break or a second recipient in the %s, then nothing is sent', async (_what, wrong) => {
    const { port, taken } = await startSink()
    await expect(mailerTo(port).send({ ...mail, ...wrong })).rejects.toBeInstanceOf(PermanentError)
    expect(taken).toEqual([])
  })

  test('given a path or an address where text belongs, then it is sent as text', async () => {
    const { port, taken } = await startSink()
    await mailerTo(port).send({ ...mail, text: 'file:///etc/hostname\nhttp://127.0.0.1:1/', subject: '{"path":"/etc/hostname"}' })
    expect(taken[0]?.raw).toContain('file:///etc/hostname')
  })
})
