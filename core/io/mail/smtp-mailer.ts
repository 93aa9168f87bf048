import { BlockList, isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { TransientError } from '../../domain/errors.ts'
import { createSlots } from '../../domain/slots.ts'
import type { Mailer } from '../../ports.ts'
import { composeMail } from './compose-mail.ts'
import { openSession, type Session, type SessionOptions } from './smtp-session.ts'

export type MailerOptions = {
  host: string
  port: number
  /** TLS from the first byte on (port 465). */
  secure?: boolean
  /** Refuse a server that does not offer STARTTLS. */
  requireTls?: boolean
  tls?: ConnectionOptions
  auth?: { user: string; pass: string }
  /** What we call ourselves in EHLO. */
  name?: string
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
    async send(mail) {
      const composed = await composeMail(mail)
      return withSlot(async () => {
        const session = await pool.take()
        try {
          const answer = await session.send(composed)
          pool.give(session)
          return answer
        } catch (error) {
          pool.drop(session)
          throw error
        }
      })
    },
    close: () => pool.close(),
  }
}

function createPool(options: MailerOptions) {
  const idle = new Map<Session, NodeJS.Timeout>()
  const busy = new Set<Session>()
  let closed = false
  return {
    async take(): Promise<Session> {
      for (const session of [...idle.keys()]) {
        if (!idle.has(session)) continue
        forget(session)
        if (await session.revive()) return start(session)
      }
      return start(await openSession(sessionOptions(options)))
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

function sessionOptions(options: MailerOptions): SessionOptions {
  const connectTimeoutMs = options.connectTimeoutMs ?? 30_000
  return {
    host: options.host,
    port: options.port,
    secure: options.secure ?? false,
    requireTLS: options.requireTls ?? false,
    // nobody listens in on loopback, and a local server's certificate names nobody
    ignoreTLS: isLoopback(options.host),
    tls: options.tls,
    name: options.name,
    credentials: options.auth,
    connectionTimeout: connectTimeoutMs,
    dnsTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: options.answerTimeoutMs ?? 600_000,
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

function isLoopback(host: string): boolean {
  const version = isIP(host)
  return version === 0 ? host === 'localhost' : loopback.check(host, version === 6 ? 'ipv6' : 'ipv4')
}
