import type { ClientChannel } from 'ssh2'
import type { Ran } from '../../domain/reach.ts'
import { createSink, type Sink } from './call.ts'

export type End = Pick<Ran, 'code' | 'signal'>

/** What is heard on the channel of one command: first the words of remote-program.ts, then the command's output. */
export type Talk = {
  /** The rest of the program's line, such as `begun`, by the order in which they come. */
  ready: Promise<string>
  answer: Promise<string>
  out: Sink
  err: Sink
  /** What was printed before the command began, by the user's rc files or by a host that lets nobody work. */
  noise: Sink
  exit: Promise<End>
  closed: Promise<undefined>
  hasEnded: () => boolean
}

const MAX_NOISE_BYTES = 64 * 1024

export function listen(channel: ClientChannel, mark: string, maxBytes: number): Talk {
  const [ready, answer, exit, closed] = [defer<string>(), defer<string>(), defer<End>(), defer<undefined>()]
  const [out, err, noise] = [createSink(maxBytes), createSink(maxBytes), createSink(MAX_NOISE_BYTES)]
  const waiting = [ready, answer]
  let hasEnded = false
  const hear = findWords(mark, {
    noise: noise.add,
    word: (word) => waiting.shift()?.resolve(word),
    rest: out.add,
  })
  channel.on('data', (chunk: Buffer) => (waiting.length === 0 ? out.add(chunk) : hear(chunk)))
  channel.stderr.on('data', (chunk: Buffer) => (waiting.length === 0 ? err : noise).add(chunk))
  channel.on('exit', (code: number | null, signal?: string) => {
    hasEnded = true
    exit.resolve({ code, signal: code === null ? nameOf(signal) : null })
  })
  channel.on('close', () => closed.resolve(undefined))
  // Told by `close` too; without a listener it would end the process.
  for (const stream of [channel, channel.stderr]) stream.on('error', () => undefined)
  return {
    ready: ready.promise,
    answer: answer.promise,
    out,
    err,
    noise,
    exit: exit.promise,
    closed: closed.promise,
    hasEnded: () => hasEnded,
  }
}

/** The host may say anything. */
function nameOf(signal: string | undefined): string {
  return /^SIG[A-Z0-9]{1,16}$/.test(signal ?? '') ? String(signal) : 'unknown'
}

type Heard = { noise: (chunk: Buffer) => void; word: (word: string) => void; rest: (chunk: Buffer) => void }

/** Finds `<mark> <word>\n` twice; what comes after the second is the command's. */
function findWords(mark: string, { noise, word, rest }: Heard): (chunk: Buffer) => void {
  const start = Buffer.from(`${mark} `)
  let kept = Buffer.alloc(0)
  let found = 0
  return (chunk) => {
    noise(chunk)
    kept = Buffer.concat([kept, chunk])
    for (let at = kept.indexOf(start); at >= 0 && found < 2; at = kept.indexOf(start)) {
      const end = kept.indexOf('\n', at)
      if (end < 0) break
      const text = kept.toString('utf8', at + start.length, end)
      kept = kept.subarray(end + 1)
      found++
      word(text)
    }
    if (found === 2) rest(kept)
    else if (kept.length > MAX_NOISE_BYTES) kept = kept.subarray(-start.length)
  }
}

type Deferred<T> = { promise: Promise<T>; resolve: (value: T) => void }

function defer<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
