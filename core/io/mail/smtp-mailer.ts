import { BlockList, isIP } from 'node:net'
import { Readable } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { PermanentError, TransientError, UnsureError } from '../../domain/errors.ts'
import type { Mailer } from '../../ports.ts'
import { type ComposedMail, composeMail } from './compose-mail.ts'

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
}

type SmtpError = Pick<SMTPConnection.SMTPError, 'message' | 'code' | 'command' | 'response' | 'responseCode'>

/** Ends a delivery that is under way. */
type Abort = () => void

/**
 * One connection a mail, some at a time. nodemailer's own pool is not used: it sends a mail again by itself when a
 * connection breaks, and does not tell whether the message was handed over.
 */
export function createMailer(options: MailerOptions): Mailer {
  const open = new Set<Abort>()
  const withSlot = createSlots(options.maxConnections ?? 4)
  let closed = false
  return {
    host: options.host,
    async send(mail) {
      const composed = await composeMail(mail)
      return withSlot(() => {
        if (closed) throw new TransientError('the mailer was closed before the mail was sent')
        return deliver(options, composed, open)
      })
    },
    close() {
      closed = true
      for (const abort of [...open]) abort()
    },
  }
}

function deliver(options: MailerOptions, mail: ComposedMail, open: Set<Abort>): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = new SMTPConnection(connectionOptions(options))
    const body = Readable.from(chunksOf(mail.bytes, 16_384))
    let handedOver = false
    // from here on the dot that ends the data may have reached the server
    body.once('end', () => {
      handedOver = true
    })
    const end = (error: SmtpError | null, answer = '') => {
      clearTimeout(timer)
      open.delete(abort)
      if (error) reject(failureOf(error, handedOver))
      else resolve(oneLine(answer))
      if (error) connection.close()
      else connection.quit()
    }
    const abort = () => end(new Error('the mailer was closed'))
    open.add(abort)
    // the time limits of the connection are about silence: one that drips is ended here
    const timer = setTimeout(() => end(new Error('the server was too slow')), 3 * answerTimeoutMs(options))
    connection.on('error', end)
    const send = () => connection.send(mail.envelope, body, (error, info) => end(error, info?.response))
    connection.connect((error) => {
      if (error) end(error)
      else if (options.auth) connection.login({ credentials: options.auth }, (refused) => (refused ? end(refused) : send()))
      else send()
    })
  })
}

function connectionOptions(options: MailerOptions): SMTPConnection.Options {
  return {
    host: options.host,
    port: options.port,
    secure: options.secure ?? false,
    requireTLS: options.requireTls ?? false,
    // nobody listens in on loopback, and a local server's certificate names nobody
    ignoreTLS: isLoopback(options.host),
    ...(options.tls ? { tls: options.tls } : {}),
    ...(options.name ? { name: options.name } : {}),
    connectionTimeout: options.connectTimeoutMs ?? 30_000,
    dnsTimeout: options.connectTimeoutMs ?? 30_000,
    greetingTimeout: options.connectTimeoutMs ?? 30_000,
    socketTimeout: answerTimeoutMs(options),
    socketCloseTimeout: 1_000,
    maxResponseSize: 65_536,
  }
}

function answerTimeoutMs(options: MailerOptions): number {
  return options.answerTimeoutMs ?? 600_000
}

/** A no to MAIL, RCPT or DATA is about this mail; a no before that (greeting, login) is about us and may be mended. */
const aboutThisMail = new Set(['MAIL FROM', 'RCPT TO', 'DATA', 'API'])

function failureOf(error: SmtpError, handedOver: boolean): Error {
  const words = oneLine(error.response ?? error.message)
  const code = error.responseCode ?? 0
  const concerns = aboutThisMail.has(error.command ?? '')
  if (code >= 400 && code < 500) return new TransientError(words)
  if (code >= 500 && code < 600 && (concerns || handedOver)) return new PermanentError(words)
  if (handedOver) return new UnsureError(`handed over, but no answer came: ${words}`)
  // nodemailer's own no: an address or a size that the server said beforehand it would not take
  const refused = concerns && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE')
  return refused ? new PermanentError(words) : new TransientError(words)
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 500)
}

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

function isLoopback(host: string): boolean {
  const version = isIP(host)
  return version === 0 ? host === 'localhost' : loopback.check(host, version === 6 ? 'ipv6' : 'ipv4')
}

/** At most `max` of the given works at a time, first come, first served. */
function createSlots(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let busy = 0
  return async function withSlot(work) {
    if (busy >= max) await new Promise<void>((go) => waiting.push(go))
    else busy += 1
    try {
      return await work()
    } finally {
      // the slot goes to the next in line, else it is free
      const next = waiting.shift()
      if (next) next()
      else busy -= 1
    }
  }
}
