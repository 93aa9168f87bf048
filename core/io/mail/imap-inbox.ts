import { messageOf } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'
import type { Inbox } from '../../ports.ts'
import { createReading, type ImapSink } from './imap-reading.ts'
import { type ImapServer, type ImapSession, openSession } from './imap-session.ts'

export type ImapInboxOptions = ImapServer &
  ImapSink & {
    /** Told once a change. */
    onState?(state: 'connected' | 'down', why?: string): void
    /** How often it is looked after, where the server tells of new mails (IDLE), and where it does not. */
    idleMs?: number
    pollMs?: number
    /** The first pause after a fault; each further one is twice as long, up to the longest. */
    firstPauseMs?: number
    longestPauseMs?: number
  }

/** A session that lived so long was a good one: the next fault starts with a short pause. */
const SETTLED_MS = 60_000

/**
 * Reads a mailbox by IMAP4rev1 (RFC 3501), and goes on whatever the server does: all faults are told by `onState` and `log`.
 * The mailbox stays as it is. Each mail is handed to `accept`, and the position moves when that resolved: none is lost, and
 * one may come twice. `close` waits for the mail that is being accepted.
 */
export function startImapInbox(options: ImapInboxOptions): Inbox {
  const bell = createBell()
  const read = createReading(options)
  const pauseOf = createPauses(options)
  const tell = createTeller(options)
  const stop = new AbortController()
  const { signal } = stop

  const follow = async (open: ImapSession) => {
    tell('connected')
    while (!signal.aborted && open.isOpen()) {
      bell.reset()
      const isAll = await read(open)
      if (open.hasIdle && isAll) open.idle()
      await bell.wait(waitOf(options, open, isAll))
    }
  }
  const visit = async (): Promise<string> => {
    let session: ImapSession | undefined
    try {
      session = await openSession(options, { onChange: bell.ring, signal })
      await follow(session)
      return 'the server ended the session'
    } catch (error) {
      return wordsOf(error)
    } finally {
      session?.close()
    }
  }
  const live = async () => {
    while (!signal.aborted) {
      const start = performance.now()
      const why = await visit()
      if (signal.aborted) return
      tell('down', why)
      bell.reset()
      await bell.wait(pauseOf(performance.now() - start))
    }
  }
  const life = live()
  return {
    close: async () => {
      stop.abort()
      bell.ring()
      await life
    },
  }
}

function waitOf(
  { idleMs = 300_000, pollMs = 60_000, firstPauseMs = 1_000 }: ImapInboxOptions,
  session: ImapSession,
  isAll: boolean,
): number {
  if (!isAll) return Math.max(pollMs / 2, firstPauseMs)
  return session.hasIdle ? idleMs : pollMs
}

/** Doubled from fault to fault; half of it is by chance, so that many clients do not come back at once. */
function createPauses({ firstPauseMs = 1_000, longestPauseMs = 300_000 }: ImapInboxOptions): (livedMs: number) => number {
  let next = firstPauseMs
  return (livedMs) => {
    if (livedMs > SETTLED_MS) next = firstPauseMs
    const pause = next
    next = Math.min(next * 2, longestPauseMs)
    return pause * (0.5 + Math.random() / 2)
  }
}

function createTeller({ onState }: ImapInboxOptions): (state: 'connected' | 'down', why?: string) => void {
  let last: string | undefined
  return (state, why) => {
    const now = `${state} ${why ?? ''}`
    if (now === last) return
    last = now
    onState?.(state, why)
  }
}

/** What the server said beside the bare `Command failed`. */
function wordsOf(error: unknown): string {
  const { responseText, authenticationFailed } = error as { responseText?: unknown; authenticationFailed?: unknown }
  const said = typeof responseText === 'string' ? `: ${responseText}` : ''
  if (authenticationFailed === true) return plainLine(`the server refuses the login${said}`)
  return plainLine(`${messageOf(error)}${said}`)
}

type Bell = { ring(): void; reset(): void; wait(ms: number): Promise<void> }

/** Waits until it rings, also when it rang since the last reset. */
function createBell(): Bell {
  let rung = false
  let wake = () => {}
  return {
    ring: () => {
      rung = true
      wake()
    },
    reset: () => {
      rung = false
    },
    wait: (ms) =>
      new Promise((resolve) => {
        if (rung) return resolve()
        const timer = setTimeout(resolve, ms)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}
