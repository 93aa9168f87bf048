import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { composeMail } from '../../core/io/mail/compose-mail.ts'
import { createMailer, type MailerOptions } from '../../core/io/mail/smtp-mailer.ts'
import type { Mailer, OutgoingMail } from '../../core/ports.ts'

export const sampleMail: OutgoingMail = {
  messageId: '<ssc.alert.0123@csirt.example>',
  from: 'Example CSIRT <ssc@csirt.example>',
  to: 'security@site.example',
  replyTo: 'ssc+a0123@csirt.example',
  subject: 'EXERCISE: Grüße',
  text: 'Hello,\n.\n..dots stay\nGrüße\n',
  headers: { 'X-Exercise': 'yes', Date: 'Mon, 11 Jan 2027 08:00:00 +0000' },
}

/** What a test leaves open; `closeAll` belongs into afterEach. */
export const toClose: (() => unknown)[] = []
export async function closeAll(): Promise<void> {
  for (const close of toClose.splice(0).reverse()) await close()
}

export type Taken = { from: string; to: string[]; raw: string }

/** A real SMTP server that keeps what it takes. */
export async function startSink(options: SMTPServerOptions = {}): Promise<{ port: number; taken: Taken[] }> {
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

/** A server that answers each line as told (those of the message it is asked about as `body`), to break off where no proper server does. */
export async function startPeer(answer: (line: string, socket: Socket) => string | undefined): Promise<{ port: number; lines: string[] }> {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let inMessage = false
    const take = (line: string) => {
      if (inMessage && line !== '.') return void answer('body', socket)
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
export function script(over: Record<string, string | 'drop' | 'hang'>): (line: string, socket: Socket) => string | undefined {
  const usual: Record<string, string> = {
    greeting: '220 peer',
    EHLO: '250 peer',
    STARTTLS: '502 no such command',
    MAIL: '250 ok',
    RCPT: '250 ok',
    DATA: '354 go on',
    '.': '250 kept',
  }
  return (line, socket) => {
    const word = /^(greeting|body|\.|EHLO|HELO|STARTTLS|MAIL|RCPT|DATA|RSET)/.exec(line)?.[0] ?? ''
    const answer = over[word] ?? usual[word]
    if (answer === 'drop') socket.destroy()
    return answer === 'drop' || answer === 'hang' ? undefined : answer
  }
}

export function mailerTo(port: number, options: Partial<MailerOptions> = {}): Mailer {
  const mailer = createMailer({ host: '127.0.0.1', port, connectTimeoutMs: 2_000, answerTimeoutMs: 2_000, name: 'ssc.example', ...options })
  toClose.push(() => mailer.close())
  return mailer
}

/** Composes and sends. */
export async function send(mailer: Mailer, mail: OutgoingMail = sampleMail): Promise<string> {
  return mailer.send(await composeMail(mail))
}
