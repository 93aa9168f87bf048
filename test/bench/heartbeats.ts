import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { batchHeartbeats, type TakeHeartbeat } from '../../core/app/take-heartbeat.ts'
import { quantile } from '../../core/domain/statistics.ts'
import { createListener } from '../../core/http/listener.ts'
import type { Instance } from '../../core/instance.ts'
import type { Figure } from './figures.ts'
import type { LoadOrder, LoadResult } from './load.ts'

const JOBS = 200
const STEADY_PER_SECOND = 1_000

export type Repeats = { rounds: number; beatsPerJob: number; steadySeconds: number }

type Round = Pick<LoadOrder, 'firstSequence' | 'beatsPerJob'> & { perSecond?: number }

/** Durable heartbeats a second as a share of the same route without a store, in turns; and the latency at a steady pace. */
export async function measureHeartbeats(instance: Instance, repeats: Repeats): Promise<Figure[]> {
  const stored = batchHeartbeats(instance.store, instance.clock)
  await makeJobs(instance)
  const rates = { bare: [] as number[], durable: [] as number[], ratio: [] as number[] }
  const { beatsPerJob } = repeats
  // The first round warms up and does not count.
  for (let round = -1; round < repeats.rounds; round += 1) {
    const order = { firstSequence: 1 + (round + 1) * beatsPerJob, beatsPerJob }
    const bare = rateOf(await send(instance, async () => ({ word: 'go on' }), order))
    const durable = rateOf(await send(instance, stored, order))
    if (round < 0) continue
    rates.bare.push(bare)
    rates.durable.push(durable)
    rates.ratio.push(durable / bare)
  }
  const p99: number[] = []
  for (let round = 0; round < Math.min(3, repeats.rounds); round += 1) {
    const beats = (repeats.steadySeconds * STEADY_PER_SECOND) / JOBS
    const order = { firstSequence: 1_000_000 * (round + 1), beatsPerJob: beats, perSecond: STEADY_PER_SECOND }
    const { latenciesMs } = await send(instance, stored, order)
    p99.push(
      quantile(
        latenciesMs.sort((a, b) => a - b),
        0.99,
      )!,
    )
  }
  await checkStored(instance)
  const least = instance.db.kind === 'pglite' ? 0.5 : 0.7
  return [
    { name: 'durable heartbeats ÷ the same route without a store', unit: '', values: rates.ratio, goal: { least }, digits: 2 },
    { name: 'durable heartbeats', unit: '/s', values: rates.durable, digits: 0, remark: `${JOBS} jobs, a connection each` },
    { name: 'the same route without a store', unit: '/s', values: rates.bare, digits: 0 },
    {
      name: 'p99 at a steady 1,000 heartbeats/s',
      unit: 'ms',
      values: p99,
      goal: { most: 1_000 },
      digits: 0,
      remark: `${repeats.steadySeconds} s each`,
    },
  ]
}

async function makeJobs({ store }: Instance): Promise<void> {
  const jobs = names().map((job) => ({ job, run: 'bench', stream: `challenge/bench/${job}` }))
  await store.commit({ run: 'bench', jobs })
}

/** What was answered is in the store, or the figures are void. */
async function checkStored({ store }: Instance): Promise<void> {
  const jobs = await store.liveness('bench')
  if (jobs.length !== JOBS || jobs.some((job) => job.count === 0)) throw new Error('the heartbeats are not in the store')
}

/** One round: a listener of its own, and a sender in another process. */
async function send({ keys }: Instance, take: TakeHeartbeat, round: Round): Promise<LoadResult> {
  const app = createListener({ take, token: keys.jobToken, stopLine: async () => undefined })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const sender = fork(new URL('./load.ts', import.meta.url), { stdio: 'inherit' })
  try {
    const { port } = app.server.address() as AddressInfo
    const order: LoadOrder = { port, jobs: names().map((job) => ({ job, token: keys.jobToken(job) })), ...round }
    sender.send(order)
    await answerOf(sender)
    sender.send('go')
    const result = (await answerOf(sender)) as LoadResult
    if (result.refused > 0) throw new Error(`${result.refused} heartbeats were refused`)
    return result
  } finally {
    sender.kill()
    await app.close()
  }
}

async function answerOf(sender: ChildProcess): Promise<unknown> {
  const ended = new AbortController()
  sender.once('exit', () => ended.abort(new Error('the sender of heartbeats ended')))
  const [answer] = await once(sender, 'message', { signal: ended.signal })
  return answer
}

function rateOf({ beats, ms }: LoadResult): number {
  return (beats * 1_000) / ms
}

function names(): string[] {
  return Array.from({ length: JOBS }, (_, i) => `ssc-bench-${i}`)
}
