import { TransientError } from '../../domain/errors.ts'
import { isLoopback } from '../../domain/loopback.ts'
import { createSlots } from '../../domain/slots.ts'
import type { Mailer } from '../../ports.ts'
import { openSession, type Session, type SessionOptions } from './smtp-session.ts'
import { authoritiesOf } from './smtp-trust.ts'

export type MailerOptions = {
  host: string
  port: number
  /** TLS from the first byte on (port 465). */
  secure?: boolean | undefined
  /** STARTTLS: `required` refuses a server without it, `opportunistic` takes what is offered. Default: `none` on loopback, else `required`. */
  tls?: 'none' | 'opportunistic' | 'required' | undefined
  /** A folder of CAs that count beside the system's, or a file of the only ones that count. Default: the system's. */
  certificates?: string | undefined
  auth?: { user: string; pass: string }
  /** What we call ourselves in EHLO; default: the domain of the mail's sender. */
  name?: string | undefined
  maxConnections?: number
  connectTimeoutMs?: number
  /** How long the server may be silent; RFC 5321 section 4.5.3.2 wants 10 minutes after the end of the data. */
  answerTimeoutMs?: number
  /** How long a connection is kept for the next mail. */
  keepMs?: number
}

/**
 * Some connections, each for many mails. nodemailer's own pool is not used: it sends a mail again by itself when a
 * connection breaks, and does not tell whether the message was handed over.
 */
export function createMailer(options: MailerOptions): Mailer {
  const pool = createPool(options)
  const withSlot = createSlots(options.maxConnections ?? 4)
  return {
    host: options.host,
    send: (mail) =>
      withSlot(async () => {
        const session = await pool.take(domainOf(mail.envelope.from))
        try {
          const answer = await session.send(mail)
          pool.give(session)
          return answer
        } catch (error) {
          pool.drop(session)
          throw error
        }
      }),
    close: () => pool.close(),
  }
}

function createPool(options: MailerOptions) {
  const idle = new Map<Session, NodeJS.Timeout>()
  const busy = new Set<Session>()
  let closed = false
  return {
    /** `domain`: what we call ourselves, unless the options say it. */
    async take(domain: string): Promise<Session> {
      for (const session of [...idle.keys()]) {
        if (!idle.has(session)) continue
        forget(session)
        if (await session.revive()) return start(session)
      }
      return start(await openSession(await sessionOptions({ ...options, name: options.name ?? domain })))
    },
    give(session: Session): void {
      busy.delete(session)
      const keepMs = closed ? 0 : (options.keepMs ?? 2_000)
      idle.set(session, setTimeout(leave, keepMs, session))
    },
    drop: (session: Session) => busy.delete(session),
    close(): void {
      closed = true
      for (const session of [...idle.keys()]) leave(session)
      for (const session of busy) session.abort('the mailer was closed')
    },
  }
  function forget(session: Session): void {
    clearTimeout(idle.get(session))
    idle.delete(session)
  }
  function leave(session: Session): void {
    forget(session)
    session.quit()
  }
  function start(session: Session): Session {
    if (closed) {
      session.quit()
      throw new TransientError('the mailer was closed before the mail was sent')
    }
    busy.add(session)
    return session
  }
}

async function sessionOptions(options: MailerOptions): Promise<SessionOptions> {
  const connectTimeoutMs = options.connectTimeoutMs ?? 30_000
  const { secure = false } = options
  // nobody listens in on loopback, and a local server's certificate names nobody
  const tls = options.tls ?? (isLoopback(options.host) ? 'none' : 'required')
  const isPlain = !secure && tls === 'none'
  return {
    host: options.host,
    port: options.port,
    secure,
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'none',
    tls: isPlain ? {} : { ca: await authoritiesOf(options.certificates), minVersion: 'TLSv1.2' },
    name: options.name,
    credentials: options.auth,
    connectionTimeout: connectTimeoutMs,
    dnsTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: options.answerTimeoutMs ?? 600_000,
  }
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
