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
  close(): Promise<unknown>
}

const STARTS_WITHIN_MS = 30_000

type Pending = { order: Order; done(reading: Reading): void; fail(error: Error): void }

/** `onEnd` is told once, when no further mail can be read here. */
export function startSeat(options: SeatOptions, onEnd: () => void): Seat {
  const worker = startWorker(options.memoryMb)
  let state: 'starting' | 'started' | 'ended' = 'starting'
  let pending: Pending | undefined
  let timer: NodeJS.Timeout | undefined

  const end = (settle: (pending: Pending) => void) => {
    if (state === 'ended') return
    state = 'ended'
    clearTimeout(timer)
    onEnd()
    if (pending) settle(pending)
    void worker.terminate()
  }
  const fault = (words: string) =>
    end(state === 'started' ? ({ done }) => done({ corrupt: plainLine(words) }) : ({ fail }) => fail(new Error(words)))
  const endAfter = (ms: number, words: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => fault(words), ms)
  }
  const give = ({ raw, envelope }: Order) => {
    endAfter(options.timeoutMs, `reading it took longer than ${options.timeoutMs / 1_000} s`)
    // a copy, which goes to the worker as it is
    const copy = new Uint8Array(raw)
    worker.postMessage({ raw: copy, ...(envelope ? { envelope } : {}) } satisfies Order, [copy.buffer])
  }
  const rest = () => {
    pending = undefined
    worker.unref()
    endAfter(options.idleMs, 'no work')
    timer?.unref()
  }
  worker.on('message', (answer: Answer) => {
    if (state === 'ended') return
    if (answer === 'ready') {
      state = 'started'
      return pending ? give(pending.order) : rest()
    }
    const { done } = pending ?? {}
    rest()
    done?.(answer)
  })
  worker.on('error', (error) => fault(`reading it ended its worker: ${messageOf(error)}`))
  worker.on('exit', () => fault('the worker that read it ended'))

  return {
    ask: (order) =>
      new Promise((done, fail) => {
        if (state === 'ended') return fail(new Error('its worker ended'))
        pending = { order, done, fail }
        worker.ref()
        if (state === 'started') give(order)
        else endAfter(STARTS_WITHIN_MS, 'no worker started')
      }),
    close: () => {
      end(({ fail }) => fail(new Error('the parser is closed')))
      return worker.terminate()
    },
  }
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
