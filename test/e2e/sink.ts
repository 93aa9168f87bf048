import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'
import { parseMail } from '../../core/io/mail/parse-mail.ts'

export type Sunk = { at: number; messageId: string; to: string; raw: Buffer }

export type Sink = {
  port: number
  taken: Sunk[]
  /** How many were taken that are no notice of a full stop. */
  ordinary(): number
  /** Whether it leaves the clients without an answer. */
  hang(on: boolean): void
  close(): Promise<void>
}

/** How it treats a mail that it has taken: how long it lets the client wait, and whether it then breaks off without an answer. */
export type Manners = { answerMs?(): number; drops?(mail: Sunk): boolean }

/** A mail server that takes everything and keeps its own book; it lives on while the framework is killed. */
export async function startSink({ answerMs = () => 0, drops = () => false }: Manners = {}): Promise<Sink> {
  const taken: Sunk[] = []
  let hangs = false
  const waiting: (() => void)[] = []
  const sockets = new Map<number, Socket>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onData: (stream, session, done) => {
      take(stream).then(
        ({ messageId, raw }) => {
          const mail = { at: Date.now(), messageId, to: session.envelope.rcptTo[0]?.address ?? '', raw }
          const breaksOff = drops(mail)
          taken.push(mail)
          const answer = () => (breaksOff ? sockets.get(session.remotePort)?.destroy() : done(null, 'taken'))
          if (hangs) waiting.push(answer)
          else setTimeout(answer, answerMs())
        },
        // a client that is killed breaks off
        (error: Error) => done(error),
      )
    },
  })
  server.on('error', () => {})
  server.server.on('connection', (socket) => {
    const { remotePort = 0 } = socket
    sockets.set(remotePort, socket)
    socket.once('close', () => sockets.delete(remotePort))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    port: (server.server.address() as AddressInfo).port,
    taken,
    ordinary: () => taken.filter(({ messageId }) => !messageId.startsWith('<ssc.stopped.')).length,
    hang: (on) => {
      hangs = on
      if (!on) for (const answer of waiting.splice(0)) answer()
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function take(stream: SMTPServerDataStream): Promise<{ messageId: string; raw: Buffer }> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  const raw = Buffer.concat(chunks)
  return { messageId: (await parseMail(raw)).messageId, raw }
}
