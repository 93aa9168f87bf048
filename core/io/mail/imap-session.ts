import type { ConnectionOptions } from 'node:tls'
import { ImapFlow } from 'imapflow'
import type { Came } from '../../ports.ts'

export type ImapServer = {
  host: string
  port: number
  /** TLS from the first byte on; else STARTTLS is demanded, but on this machine. */
  secure: boolean
  user: string
  /** Read at each login, so that a new one counts at once. */
  password(): string | Promise<string>
  /** INBOX, where nothing is said. */
  mailbox?: string
  tls?: ConnectionOptions
  /** Of one mail: of a larger one only the first 64 KiB are read. */
  maxBytes?: number
  /** How long the server may take to answer, however busily it talks, and to hand out one mail. */
  answerMs?: number
  mailMs?: number
}

export type FetchedMail = Came & { uid: number; raw: Uint8Array }

/** A mailbox that is open for reading only (EXAMINE; RFC 3501 section 6.3.2): no flag changes. */
export type ImapSession = {
  uidValidity: string
  hasIdle: boolean
  /** The UIDs above this one, ascending. */
  list(above: number): Promise<number[]>
  /** Undefined when the mail is gone; rejects, too, when the server refuses this mail alone. */
  fetch(uid: number): Promise<FetchedMail | undefined>
  /** Asks the server to tell of new mails (RFC 2177), until the next command. */
  idle(): void
  isOpen(): boolean
  close(): void
}

const MIB = 1024 * 1024
const DEFAULT_MAX_BYTES = 25 * MIB
const HEAD_BYTES = 64 * 1024

/**
 * Opens the mailbox; `onChange` is told of each new mail, and of the session's end, which the signal brings at any time.
 * Rejects when it takes too long, or cannot be.
 */
export async function openSession(
  server: ImapServer,
  { onChange, signal }: { onChange(): void; signal: AbortSignal },
): Promise<ImapSession> {
  const maxBytes = server.maxBytes ?? DEFAULT_MAX_BYTES
  const answerMs = server.answerMs ?? 60_000
  const client = await createClient(server, maxBytes)
  // told as a failed command, too; without a listener it would end the process
  client.on('error', onChange)
  client.on('close', onChange)
  client.on('exists', onChange)
  const end = () => client.close()
  signal.addEventListener('abort', end)
  client.on('close', () => signal.removeEventListener('abort', end))
  signal.throwIfAborted()
  const within = withinTime(client)
  const open = within(answerMs, client.connect()).then(() =>
    within(answerMs, client.mailboxOpen(server.mailbox ?? 'INBOX', { readOnly: true })),
  )
  const opened = await open.catch((error) => {
    end()
    throw error
  })
  return {
    uidValidity: String(opened.uidValidity ?? 0),
    hasIdle: client.capabilities.has('IDLE'),
    list: async (above) => {
      // some servers look for new mails only when asked so
      await within(answerMs, client.noop())
      const found = await within(answerMs, client.search({ uid: `${above + 1}:*` }, { uid: true }))
      if (!found) throw new Error('the server does not list its mails')
      // `n:*` is the last mail, too, when that is below n
      return [...new Set(found.filter((uid) => Number.isSafeInteger(uid) && uid > above))].sort((a, b) => a - b)
    },
    fetch: async (uid) => {
      const size =
        (await within(answerMs, client.fetchOne(String(uid), { uid: true, size: true, internalDate: true }, { uid: true }))) || undefined
      if (!size) return undefined
      const isLarge = (size.size ?? 0) > maxBytes
      const source = { start: 0, maxLength: isLarge ? HEAD_BYTES : maxBytes + 1 }
      const mail = await within(server.mailMs ?? 300_000, client.fetchOne(String(uid), { uid: true, source }, { uid: true }))
      if (mail === false) return undefined
      if (mail.source === undefined) throw new Error('the server does not hand it out')
      return { ...cut({ uid, raw: mail.source }, maxBytes, isLarge), ...dateOf(size.internalDate) }
    },
    idle: () => void client.idle().catch(onChange),
    isOpen: () => client.usable,
    close: end,
  }
}

/** RFC 3501, section 2.3.3. */
function dateOf(internalDate: Date | string | undefined): { cameMs?: number } {
  const cameMs = internalDate === undefined ? Number.NaN : new Date(internalDate).getTime()
  return Number.isSafeInteger(cameMs) ? { cameMs } : {}
}

async function createClient(server: ImapServer, maxBytes: number): Promise<ImapFlow> {
  const { host, port, secure, user, tls } = server
  const answerMs = server.answerMs ?? 60_000
  return new ImapFlow({
    ...{ host, port, secure, ...(tls ? { tls } : {}), ...(secure ? {} : { doSTARTTLS: !isLoopback(host) }) },
    auth: { user, pass: await server.password() },
    clientInfo: { name: 'security service challenge' },
    logger: false,
    disableAutoIdle: true,
    disableAutoEnable: true,
    disableIMAP4rev2: true,
    // a few bytes could become many
    disableCompression: true,
    connectionTimeout: answerMs,
    greetingTimeout: answerMs,
    maxLineLength: 16 * MIB,
    maxLiteralSize: maxBytes + 1024,
    maxResponseSize: maxBytes + 17 * MIB,
    maxResponseTokens: 100_000,
  })
}

/** A server that drips answers something all the time, and never ends. */
function withinTime(client: ImapFlow): <T>(ms: number, work: Promise<T>) => Promise<T> {
  return async (ms, work) => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the server did not answer within ${ms / 1_000} s`))
        client.close()
      }, ms)
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }
}

function cut({ uid, raw }: FetchedMail, maxBytes: number, isLarge: boolean): FetchedMail {
  if (!isLarge && raw.length <= maxBytes) return { uid, raw }
  const broken = `larger than ${maxBytes} bytes: these are its first ${HEAD_BYTES}, and the whole is in the mailbox, UID ${uid}`
  return { uid, raw: raw.subarray(0, HEAD_BYTES), broken }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
