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
  const most = options.workers ?? 2
  const seats = new Set<Seat>()
  const free: Seat[] = []
  const waiting: Task[] = []
  /** Those that were ended, as one took too long for example, and are not gone yet. */
  const leaving = new Set<Promise<unknown>>()
  let closed = false
  const next = () => {
    while (waiting.length > 0 && (free.length > 0 || seats.size < most)) void work(waiting.shift()!)
  }
  const work = async ({ raw, envelope, done, fail }: Task) => {
    try {
      const seat = free.pop() ?? open()
      const answer = await seat.ask({ raw, ...(envelope ? { envelope } : {}) })
      if (seats.has(seat)) free.push(seat)
      done('mail' in answer ? { mail: { ...answer.mail, raw } } : answer)
    } catch (error) {
      fail(new TransientError(`the mail cannot be read just now: ${plainLine(messageOf(error))}`))
    }
    next()
  }
  const open = () => {
    const seat = startSeat({ timeoutMs: 10_000, memoryMb: 128, idleMs: 60_000, ...options }, () => leave(seat))
    seats.add(seat)
    return seat
  }
  const leave = (seat: Seat) => {
    seats.delete(seat)
    const gone = seat.close().finally(() => leaving.delete(gone))
    leaving.add(gone)
    free.splice(0, free.length, ...free.filter((one) => one !== seat))
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
      await Promise.all([...[...seats].map((seat) => seat.close()), ...leaving])
    },
  }
}
