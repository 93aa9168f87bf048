import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import { splitAddress } from '../../domain/mail.ts'
import type { Envelope, Inbox } from '../../ports.ts'

const MIB = 1024 * 1024

export type InboxOptions = {
  /** Loopback unless said otherwise. */
  host?: string
  /** 0 = any free port. */
  port: number
  /** The address for answers: taken as it is and with any `+tag`. */
  address: string
  /** Offers STARTTLS (RFC 3207) with this key and certificate, as PEM. */
  tls?: { key: string | Buffer; cert: string | Buffer }
  /** Any mail, as it came over the wire. It is answered with 250 only after this resolved, with 451 when it failed. */
  accept(raw: Uint8Array, envelope: Envelope): Promise<void>
  /** Told why a mail could not be kept. */
  onError?(error: unknown): void
  /** Of one mail: what is larger is answered with 552. */
  maxBytes?: number
  /** Of all mails that are coming in at this moment: what is more is answered with 452. */
  maxHeldBytes?: number
  maxClients?: number
  /** How long a client may be silent, and how long it may stay at all. */
  idleMs?: number
  sessionMs?: number
}

/** Takes mails by SMTP. Rejects when it cannot listen. */
export async function startInbox(options: InboxOptions): Promise<Inbox & { port: number }> {
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
  const hold = holdWithin(options.maxHeldBytes ?? 150 * MIB)
  return {
    name: splitAddress(options.address).domain,
    banner: 'security service challenge',
    disabledCommands: options.tls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    ...options.tls,
    authOptional: true,
    disableReverseLookup: true,
    size: options.maxBytes ?? 25 * MIB,
    rejectOversized: true,
    maxClients: options.maxClients ?? 50,
    maxRecipients: 10,
    socketTimeout: options.idleMs ?? 60_000,
    closeTimeout: 5_000,
    onRcptTo: ({ address }, _session, done) => done(isOurs(address) ? undefined : answer(550, 'no such mailbox')),
    onData: (stream, session, done) => {
      takeMail(options, { stream, session, hold }).then((refusal) => done(refusal ?? null, 'kept'))
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

type Incoming = { stream: SMTPServerDataStream; session: SMTPServerSession; hold: ReturnType<typeof holdWithin> }

/** Keeps the mail, or says what to answer instead: what our side got wrong is for the sender to try again. */
async function takeMail(options: InboxOptions, { stream, session, hold }: Incoming): Promise<Error | undefined> {
  const { mailFrom, rcptTo } = session.envelope
  const envelope = { from: mailFrom ? mailFrom.address : '', to: rcptTo.map((r) => r.address) }
  const held = hold()
  try {
    const raw = await readAll(stream, held)
    // the server itself answers 552 to what is too large
    if (stream.sizeExceeded) return undefined
    if (!raw) return answer(452, 'too many mails at this moment, please try again')
    await options.accept(raw, envelope)
    return undefined
  } catch (error) {
    options.onError?.(error)
    return answer(451, 'not kept just now, please try again')
  } finally {
    held.release()
  }
}

/** Reads to the end, as the protocol wants, but keeps nothing of what is too large, or more than can be held. */
async function readAll(stream: SMTPServerDataStream, held: Held): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let fits = true
  for await (const chunk of stream) {
    fits &&= !stream.sizeExceeded && held.add((chunk as Buffer).length)
    if (fits) chunks.push(chunk as Buffer)
    else chunks.length = 0
  }
  return fits ? Buffer.concat(chunks) : undefined
}

type Held = { add(bytes: number): boolean; release(): void }

/** Many large mails at a time would fill the memory, though each of them is allowed. */
function holdWithin(most: number): () => Held {
  let total = 0
  return () => {
    let own = 0
    return {
      add: (bytes) => {
        if (total + bytes > most) return false
        total += bytes
        own += bytes
        return true
      },
      release: () => {
        total -= own
        own = 0
      },
    }
  }
}

function answer(responseCode: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode })
}
