import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { PermanentError, TransientError, UnsureError } from '../../domain/errors.ts'
import type { ComposedMail } from '../../ports.ts'

type SmtpError = Pick<SMTPConnection.SMTPError, 'message' | 'code' | 'command' | 'response' | 'responseCode'>

export type SessionOptions = SMTPConnection.Options & { socketTimeout: number; credentials?: { user: string; pass: string } | undefined }

/** A connection over which mails go one after another. After a mail that failed it is closed. */
export type Session = {
  /** The server's final answer; else throws as the port Mailer says. */
  send(mail: ComposedMail): Promise<string>
  /** Whether the server still answers, and is ready for the next mail. */
  revive(): Promise<boolean>
  /** Takes leave of the server. */
  quit(): void
  /** Breaks off, also in the middle of a mail. */
  abort(why: string): void
}

export async function openSession({ credentials, ...options }: SessionOptions): Promise<Session> {
  const connection = new SMTPConnection({ socketCloseTimeout: 1_000, maxResponseSize: 65_536, ...options })
  const exchange = createExchange(connection, 3 * options.socketTimeout)
  try {
    await exchange.run<void>((done) => connection.connect((error) => done(error ?? null)))
    if (credentials) await exchange.run((done) => connection.login({ credentials }, done))
  } catch (error) {
    throw failureOf(error as SmtpError, false)
  }
  return {
    send: (mail) => sendOver(connection, exchange, mail),
    revive: () => exchange.run((done) => connection.reset(done)).then(Boolean, () => false),
    quit: () => {
      connection.quit()
      setTimeout(() => connection.close(), 1_000).unref()
    },
    abort: exchange.abort,
  }
}

async function sendOver(connection: SMTPConnection, exchange: Exchange, mail: ComposedMail): Promise<string> {
  const body = Readable.from(chunksOf(mail.bytes, 16_384))
  let handedOver = false
  // from here on the dot that ends the data may have reached the server
  body.once('end', () => {
    handedOver = true
  })
  try {
    const info = await exchange.run<SMTPConnection.SentMessageInfo>((done) => connection.send(mail.envelope, body, done))
    return oneLine(info.response)
  } catch (error) {
    throw failureOf(error as SmtpError, handedOver)
  }
}

type Done<T> = (error: SmtpError | null, value?: T) => void
type Exchange = ReturnType<typeof createExchange>

/** Ends in the callback's answer, the connection's error or end, or the time limit: a server that drips is never silent. */
function createExchange(connection: SMTPConnection, limitMs: number) {
  let settle: Done<any> | undefined
  const fail = (error: SmtpError) => settle?.(error)
  connection.on('error', fail)
  // the callback may have a better reason, in the same turn
  connection.on('end', () => setImmediate(fail, new Error('the connection was closed')))
  return {
    abort(why: string): void {
      connection.close()
      fail(new Error(why))
    },
    run<T>(start: (done: Done<T>) => void): Promise<T> {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => fail(new Error('the server is too slow')), limitMs)
        const done: Done<T> = (error, value) => {
          if (settle !== done) return
          settle = undefined
          clearTimeout(timer)
          if (error) connection.close()
          if (error) reject(error)
          else resolve(value as T)
        }
        settle = done
        start(done)
      })
    },
  }
}

/** A no to MAIL, RCPT or DATA is about this mail; a no before that (greeting, login) is about us and may be mended. */
const aboutThisMail = new Set(['MAIL FROM', 'RCPT TO', 'DATA', 'API'])

function failureOf(error: SmtpError, handedOver: boolean): Error {
  const words = `${error.code === 'ETLS' ? 'no encrypted connection: ' : ''}${oneLine(error.response ?? error.message)}`
  const code = error.responseCode ?? 0
  const concerns = aboutThisMail.has(error.command ?? '')
  if (code >= 400 && code < 500) return new TransientError(words)
  if (code >= 500 && code < 600 && (concerns || handedOver)) return new PermanentError(words)
  if (handedOver) return new UnsureError(`handed over, but no answer came: ${words}`)
  // nodemailer's own no: an address, or a size that the server said beforehand it would not take
  const refused = concerns && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE')
  return refused ? new PermanentError(words) : new TransientError(words)
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 500)
}

function chunksOf(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}
