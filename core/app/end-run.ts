import { runStream } from '../domain/event.ts'
import type { Effect } from '../ports.ts'
import type { Deps } from './deps.ts'
import { finish } from './effect.ts'

/** The last clock has run out: agents that still live are told to stop, and the lights are final. */
export async function endRun(deps: Deps, effect: Effect): Promise<void> {
  const jobs = await deps.store.liveness(effect.run)
  await deps.store.commit({ run: effect.run, stopJobs: jobs.map((job) => job.stream) })
  await finish(deps, effect, [{ stream: runStream(effect.run), type: 'RunEnded', data: {}, key: 'ended' }])
}
