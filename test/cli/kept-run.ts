import type { Event } from '../../core/domain/event.ts'
import { createStore } from '../../core/io/store/store.ts'
import type { NewFact } from '../../core/ports.ts'
import { samplePlan, sampleRun } from '../domain/sample-run.ts'
import type { Calls } from './calls.ts'

/** Puts a run into the store with the times of its facts, as if it had been. Gives back its name. */
export async function keepRun(calls: Calls, run: string, events: readonly Event[]): Promise<string> {
  const { db } = await calls.instance()
  const clock = { at: 0, now: () => clock.at, wall: () => clock.at }
  const store = await createStore(db, clock)
  const moments = [...new Set(events.map(({ at }) => at))].sort((a, b) => a - b)
  for (const at of moments) {
    clock.at = at
    const facts = events.filter((event) => event.at === at).map(({ type, data, stream }) => ({ type, data, stream }) as NewFact)
    await store.commit({ run, facts })
  }
  return run
}

/** The sample's run of so many sites, which is over. */
export function keepSampleRun(calls: Calls, sample: { seed: number; sites: number; untilMs?: number }): Promise<string> {
  return keepRun(calls, samplePlan(sample.seed, sample.sites).id, sampleRun(sample))
}
