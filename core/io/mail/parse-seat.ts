import { Worker } from 'node:worker_threads'
import { messageOf } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'
import type { Answer, Order } from './parse-worker.ts'

export type SeatOptions = { timeoutMs: number; memoryMb: number; idleMs: number }

type Reading = Exclude<Answer, 'ready'>

/** One worker thread, which reads one mail at a time. */
export type Seat = {
  /** Rejects when the worker ended before it had the mail: then it was not the mail's fault. */
  ask(order: Order): Promise<Reading>
  close(): void
}

const STARTS_WITHIN_MS = 30_000

type Pending = { order: Order; done(reading: Reading): void; fail(error: Error): void }

/** `onEnd` is told once, when no further mail can be read here; `gone`: until the worker is, too. */
export function startSeat(options: SeatOptions, onEnd: (gone: Promise<unknown>) => void): Seat {
  const worker = startWorker(options.memoryMb)
  let state: 'starting' | 'started' | 'ended' = 'starting'
  let pending: Pending | undefined

  const end = (words: string, isOurFault = state === 'starting') => {
    if (state === 'ended') return
    state = 'ended'
    deadline.clear()
    onEnd(worker.terminate())
    if (isOurFault) pending?.fail(new Error(words))
    else pending?.done({ corrupt: plainLine(words) })
  }
  const deadline = createDeadline(end)
  const give = (order: Order) => {
    deadline.set(options.timeoutMs, `reading it took longer than ${options.timeoutMs / 1_000} s`)
    // a copy, which goes to the worker as it is
    const raw = new Uint8Array(order.raw)
    worker.postMessage({ ...order, raw } satisfies Order, [raw.buffer])
  }
  const take = (answer: Reading | undefined) => {
    const before = pending
    pending = undefined
    worker.unref()
    deadline.setIdle(options.idleMs)
    if (answer) before?.done(answer)
  }
  worker.on('message', (answer: Answer) => {
    if (state === 'ended') return
    if (answer !== 'ready') return take(answer)
    state = 'started'
    return pending ? give(pending.order) : take(undefined)
  })
  worker.on('error', (error) => end(`reading it ended its worker: ${messageOf(error)}`))
  worker.on('exit', () => end('the worker that read it ended'))
  const ask: Seat['ask'] = (order) =>
    new Promise((done, fail) => {
      if (state === 'ended') return fail(new Error('its worker ended'))
      pending = { order, done, fail }
      worker.ref()
      if (state === 'started') give(order)
      else deadline.set(STARTS_WITHIN_MS, 'no worker started')
    })
  return { ask, close: () => end('the parser is closed', true) }
}

type Deadline = { set(ms: number, words: string): void; setIdle(ms: number): void; clear(): void }

function createDeadline(onLate: (words: string) => void): Deadline {
  let timer: NodeJS.Timeout | undefined
  const clear = () => clearTimeout(timer)
  const set = (ms: number, words: string) => {
    clear()
    timer = setTimeout(() => onLate(words), ms)
    return timer
  }
  // a process that has nothing else to do may end
  return { set, setIdle: (ms) => void set(ms, 'it had nothing to do').unref(), clear }
}

function startWorker(memoryMb: number): Worker {
  const options = { execArgv: [], env: {}, resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 32 } }
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./parse-worker.js', import.meta.url), options)
  // in development the sources run as they are, which each thread must learn by itself
  const loader = import.meta.resolve('tsx/esm/api')
  const source = new URL('./parse-worker.ts', import.meta.url).href
  const code = `import(${JSON.stringify(loader)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(source)}) })`
  return new Worker(code, { ...options, eval: true })
}
