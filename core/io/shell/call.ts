import { StringDecoder } from 'node:string_decoder'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { PermanentError, TransientError } from '../../domain/errors.ts'
import type { HowToRun } from '../../domain/reach.ts'

export type ShellSettings = {
  /** The complete environment of the commands: PATH, HOME, LANG and what is named. On a remote host PATH and HOME are its own when absent. */
  env: Readonly<Record<string, string>>
  signal: AbortSignal
  /** Runs the body when the process-wide bound of processes has a slot. */
  limit: <T>(body: () => Promise<T>) => Promise<T>
}

/** One command with its whole environment and its bounds. */
export type Command = { argv: readonly string[]; env: Readonly<Record<string, string>>; timeoutMs: number; maxBytes: number }

const DEFAULT_TIMEOUT_MS = 60_000
const DEFAULT_MAX_BYTES = 1024 * 1024
/** MAX_ARG_STRLEN of Linux, execve(2). */
const MAX_ARGUMENT_BYTES = 131_071
/** A day: a timer of Node.js holds no more than 24.8 days, and a longer one would fire at once. */
const LONGEST_MS = 86_400_000

/** Throws PermanentError when no system could start this. */
export function commandOf(settings: ShellSettings, argv: readonly string[], how: HowToRun = {}): Command {
  const env = { ...settings.env, ...how.env }
  const [name] = argv
  // `env` takes a name with `=` for a variable, and a name that begins with a dash for an option.
  if (name === undefined || !/^[^-=][^=]*$/s.test(name)) throw new PermanentError(`not the name of a command: ${show(name ?? '')}`)
  for (const key of Object.keys(env))
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) throw new PermanentError(`not the name of an environment variable: ${show(key)}`)
  const withNul = [...argv, ...Object.values(env)].find((text) => text.includes('\0'))
  if (withNul !== undefined) throw new PermanentError(`an argument of ${show(name)} holds a NUL byte: ${show(withNul)}`)
  const tooLong = argv.find((text) => Buffer.byteLength(text) > MAX_ARGUMENT_BYTES)
  if (tooLong !== undefined)
    throw new PermanentError(`an argument of ${show(name)} is longer than ${MAX_ARGUMENT_BYTES} bytes: give it in a file`)
  const timeoutMs = Math.min(how.timeoutMs ?? DEFAULT_TIMEOUT_MS, LONGEST_MS)
  return { argv, env, timeoutMs, maxBytes: how.maxBytes ?? DEFAULT_MAX_BYTES }
}

/** Foreign text for a message: one short line without control characters. */
export function show(text: string): string {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 300)}...` : line
}

/** The body in its turn; whoever is given up before has certainly started nothing. */
export function inTurn<T>({ limit, signal }: ShellSettings, body: () => Promise<T>): Promise<T> {
  const begin = () => {
    if (signal.aborted) throw new TransientError('given up while it waited for its turn: nothing was started')
    return body()
  }
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new TransientError('given up before it was its turn: nothing was started'))
    if (signal.aborted) return giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    limit(async () => {
      signal.removeEventListener('abort', giveUp)
      return begin()
    }).then(resolve, reject)
  })
}

/** `signal` fires at the deadline or when the caller gives up; its reason is a text that says which. */
export type Deadline = { signal: AbortSignal; end: () => void }

export function startDeadline(signal: AbortSignal, timeoutMs: number): Deadline {
  const either = new AbortController()
  const giveUp = () => either.abort('was given up')
  const timer = setTimeout(() => either.abort(`took longer than ${timeoutMs} ms`), timeoutMs)
  if (signal.aborted) giveUp()
  else signal.addEventListener('abort', giveUp, { once: true })
  const end = () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', giveUp)
  }
  return { signal: either.signal, end }
}

/** Resolves when the signal has fired. For signals that live no longer than one call. */
export function abortOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

/** What the promise says, or the error when the signal fires first. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>, error: () => Error): Promise<T> {
  let giveUp = () => {}
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(error())
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** Keeps the first bytes of a stream and drops the rest, so that the writer is never held up. */
export type Sink = { add: (chunk: Buffer) => void; text: () => string; isCut: () => boolean; seen: () => number }

export function createSink(maxBytes: number): Sink {
  const kept: Buffer[] = []
  let seen = 0
  return {
    add: (chunk) => {
      if (seen < maxBytes) kept.push(chunk.subarray(0, maxBytes - seen))
      seen += chunk.length
    },
    text: () => {
      const decoder = new StringDecoder('utf8')
      const text = decoder.write(Buffer.concat(kept))
      // Half a character at the cut is dropped; at the true end it is shown as what it is.
      return seen > maxBytes ? text : text + decoder.end()
    },
    isCut: () => seen > maxBytes,
    seen: () => seen,
  }
}

/**
 * After a command has ended only what is on its way still counts: a child that it left behind may hold the pipes open for
 * ever. Resolves when they are closed, or silent for `quietMs`, and after 20 times that in any case.
 */
export async function drain(closed: Promise<unknown>, sinks: readonly Sink[], quietMs: number): Promise<void> {
  let isClosed = false
  const closing = closed.then(() => {
    isClosed = true
  })
  for (let round = 0; round < 20; round++) {
    const before = sum(sinks)
    await Promise.race([closing, pause(quietMs)])
    // When this process was busy, timers fire before what has arrived is read: a full turn brings it.
    await turn()
    await turn()
    if (isClosed || sum(sinks) === before) return
  }
}

function sum(sinks: readonly Sink[]): number {
  return sinks.reduce((all, sink) => all + sink.seen(), 0)
}
