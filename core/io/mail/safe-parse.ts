import { messageOf, TransientError } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'
import type { Envelope, IncomingMail, Parser } from '../../ports.ts'
import { limits } from './parse-limits.ts'
import { type Seat, startSeat } from './parse-seat.ts'

export type ParserOptions = {
  /** What one mail may take. */
  timeoutMs?: number
  /** What the JavaScript of one worker may take, in MiB. */
  memoryMb?: number
  workers?: number
  /** A worker without work for so long is let go. */
  idleMs?: number
}

type Parsed = { mail: IncomingMail } | { corrupt: string }
type Task = { raw: Uint8Array; envelope: Envelope | undefined; done(parsed: Parsed): void; fail(error: Error): void }

/**
 * Reads mails in worker threads, two at a time, which start with the first mail. One that takes longer than 10 s, or that
 * ends its worker, is `corrupt`; those behind it go on in a new worker. Rejects with TransientError when the fault is ours:
 * no worker starts, or the parser is closed.
 */
export function createParser(options: ParserOptions = {}): Parser {
  const seats = createSeats(options)
  const waiting: Task[] = []
  let closed = false

  const next = () => {
    while (waiting.length > 0 && seats.hasRoom()) void work(waiting.shift()!)
  }
  const work = async ({ raw, envelope, done, fail }: Task) => {
    try {
      const seat = seats.take()
      const answer = await seat.ask({ raw, ...(envelope ? { envelope } : {}) })
      seats.giveBack(seat)
      done('mail' in answer ? { mail: { ...answer.mail, raw } } : answer)
    } catch (error) {
      fail(new TransientError(`the mail cannot be read just now: ${plainLine(messageOf(error))}`))
    }
    next()
  }

  return {
    parse: (raw, envelope) => {
      if (closed) return Promise.reject(new TransientError('the parser is closed'))
      if (raw.length > limits.raw) return Promise.resolve({ corrupt: `more than ${limits.raw} bytes` })
      return new Promise<Parsed>((done, fail) => {
        waiting.push({ raw, envelope, done, fail })
        next()
      })
    },
    close: async () => {
      closed = true
      for (const task of waiting.splice(0)) task.fail(new TransientError('the parser is closed'))
      await seats.close()
    },
  }
}

/** The workers, so many at a time, each used again until it ends. */
function createSeats({ workers: most = 2, ...options }: ParserOptions) {
  const seats = new Set<Seat>()
  const free: Seat[] = []
  /** Workers that were ended, as a mail took too long for example, and are not gone yet. */
  const leaving = new Set<Promise<unknown>>()

  const open = () => {
    const seat = startSeat({ timeoutMs: 10_000, memoryMb: 128, idleMs: 60_000, ...options }, (gone) => leave(seat, gone))
    seats.add(seat)
    return seat
  }
  const leave = (seat: Seat, gone: Promise<unknown>) => {
    seats.delete(seat)
    const at = free.indexOf(seat)
    if (at >= 0) free.splice(at, 1)
    leaving.add(gone)
    void gone.finally(() => leaving.delete(gone))
  }
  return {
    hasRoom: () => free.length > 0 || seats.size < most,
    take: () => free.pop() ?? open(),
    giveBack: (seat: Seat) => {
      if (seats.has(seat)) free.push(seat)
    },
    /** Resolves when all of their threads are gone. */
    close: async () => {
      for (const seat of seats) seat.close()
      await Promise.all(leaving)
    },
  }
}
