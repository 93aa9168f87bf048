import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import { InputError } from '../../domain/errors.ts'
import { splitAddress } from '../../domain/mail.ts'
import type { Inbox, IncomingMail } from '../../ports.ts'
import { type Envelope, parseMail } from './parse-mail.ts'

export type InboxOptions = {
  /** Loopback unless said otherwise. */
  host?: string
  /** 0 = any free port. */
  port: number
  /** The address for answers: taken as it is and with any `+tag`. */
  address: string
  /** The mail is answered with 250 only after this resolved, with 451 when it failed. */
  accept(mail: IncomingMail, envelope: Envelope): Promise<void>
  /** Told why a mail could not be kept. */
  onError?(error: unknown): void
  maxBytes?: number
  maxClients?: number
  /** How long a client may be silent, and how long it may stay at all. */
  idleMs?: number
  sessionMs?: number
}

export async function startInbox(options: InboxOptions): Promise<Inbox> {
  const server = new SMTPServer(serverOptions(options))
  // a client that breaks off is no fault of ours
  server.on('error', () => {})
  server.server.on('connection', (socket) => {
    const timer = setTimeout(() => socket.destroy(), options.sessionMs ?? 300_000)
    socket.once('close', () => clearTimeout(timer))
  })
  await listen(server, options)
  const { port } = server.server.address() as AddressInfo
  return { port, close: () => new Promise((resolve) => server.close(resolve)) }
}

function listen(server: SMTPServer, options: InboxOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(options.port, options.host ?? '127.0.0.1', () => {
      server.server.off('error', reject)
      resolve()
    })
  })
}

function serverOptions(options: InboxOptions): SMTPServerOptions {
  const isOurs = recipientCheck(options.address)
  return {
    name: splitAddress(options.address).domain,
    banner: 'security service challenge',
    disabledCommands: ['AUTH', 'STARTTLS'],
    authOptional: true,
    disableReverseLookup: true,
    size: options.maxBytes ?? 1024 * 1024,
    rejectOversized: true,
    maxClients: options.maxClients ?? 50,
    maxRecipients: 10,
    socketTimeout: options.idleMs ?? 60_000,
    closeTimeout: 5_000,
    onRcptTo: ({ address }, _session, done) => done(isOurs(address) ? undefined : answer(550, 'no such mailbox')),
    onData: (stream, session, done) => {
      takeMail(options, stream, session).then((refusal) => done(refusal ?? null, 'kept'))
    },
  }
}

/** `ssc@domain` and `ssc+anything@domain`. */
function recipientCheck(base: string): (address: string) => boolean {
  const [local, domain] = [splitAddress(base).local.toLowerCase(), splitAddress(base).domain.toLowerCase()]
  return (address) => {
    const lower = address.toLowerCase()
    const at = lower.lastIndexOf('@')
    const name = lower.slice(0, at)
    return lower.slice(at + 1) === domain && (name === local || name.startsWith(`${local}+`))
  }
}

/** Keeps the mail, or says what to answer instead: what our side got wrong is for the sender to try again. */
async function takeMail(options: InboxOptions, stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Error | undefined> {
  const { mailFrom, rcptTo } = session.envelope
  const envelope = { from: mailFrom ? mailFrom.address : '', to: rcptTo.map((r) => r.address) }
  try {
    const raw = await readAll(stream)
    // the server itself answers 552 to what is too large
    const mail = raw && (await parseMail(raw, envelope))
    if (!mail) return undefined
    return await options.accept(mail, envelope).then(
      () => undefined,
      (error) => tryAgain(options, error),
    )
  } catch (error) {
    return error instanceof InputError ? unreadable(error) : tryAgain(options, error)
  }
}

function tryAgain(options: InboxOptions, error: unknown): Error {
  options.onError?.(error)
  return answer(451, 'not kept just now, please try again')
}

function unreadable(error: InputError): Error {
  return answer(554, `the mail cannot be read: ${error.problems.join('; ').replace(/\s+/g, ' ').slice(0, 200)}`)
}

/** Reads to the end, as the protocol wants, but keeps nothing of what is too large. */
async function readAll(stream: SMTPServerDataStream): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) {
    if (stream.sizeExceeded) chunks.length = 0
    else chunks.push(chunk as Buffer)
  }
  return stream.sizeExceeded ? undefined : Buffer.concat(chunks)
}

function answer(responseCode: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode })
}
