import { TransientError } from '../domain/errors.ts'
import type { Clock, Heartbeat, HeartbeatAnswer, Store } from '../ports.ts'

export type TakeHeartbeat = (beat: Heartbeat) => Promise<HeartbeatAnswer>

type Waiting = { beat: Heartbeat; resolve(answer: HeartbeatAnswer): void; reject(error: unknown): void }

const MAX_WAITING = 5_000
const MAX_BATCH = 500

/**
 * Group commit: while one batch is being committed the next one gathers, and a heartbeat is answered only after its
 * commit. A full queue or a failed commit rejects with what the store threw; the agent's next heartbeat tries again.
 */
export function batchHeartbeats(store: Pick<Store, 'takeHeartbeats'>, clock: Clock): TakeHeartbeat {
  let waiting: Waiting[] = []
  let committing = false

  async function commitAll(): Promise<void> {
    while (waiting.length > 0) {
      const [batch, rest] = nextBatch(waiting)
      waiting = rest
      await commitBatch(store, clock, batch)
      // Those who were just answered may already be back: one turn lets them into the next batch.
      await turn()
    }
    committing = false
  }

  return (beat) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= MAX_WAITING) return reject(new TransientError('too many heartbeats wait to be committed'))
      waiting.push({ beat, resolve, reject })
      if (committing) return
      committing = true
      void turn().then(commitAll)
    })
}

/** At most one heartbeat of each job, so that a job's heartbeats are committed one after the other. */
function nextBatch(waiting: readonly Waiting[]): [Waiting[], Waiting[]] {
  const jobs = new Set<string>()
  const batch: Waiting[] = []
  const rest: Waiting[] = []
  for (const one of waiting) {
    const mayGo = batch.length < MAX_BATCH && !jobs.has(one.beat.job)
    jobs.add(one.beat.job)
    ;(mayGo ? batch : rest).push(one)
  }
  return [batch, rest]
}

async function commitBatch(store: Pick<Store, 'takeHeartbeats'>, clock: Clock, batch: readonly Waiting[]): Promise<void> {
  try {
    const answers = await store.takeHeartbeats(
      batch.map((one) => one.beat),
      clock.now(),
    )
    batch.forEach((one, i) => {
      const answer = answers[i]
      if (answer) one.resolve(answer)
      else one.reject(new TransientError('the store gave no answer'))
    })
  } catch (error) {
    for (const one of batch) one.reject(error)
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
