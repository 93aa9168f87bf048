import { type ChallengeState, initialChallenge } from '../domain/challenge.ts'
import { RefusedError } from '../domain/errors.ts'
import { type SiteEnd, siteEnd } from '../domain/stop-watch.ts'
import { isLaunched } from '../domain/work.ts'
import type { Core } from './deps.ts'
import { readChallenge, readRunState, streamOf } from './view.ts'

/** By site, in the plan's order. */
export type Look = ReadonlyMap<string, SiteEnd>

/**
 * Looks again and again at how the agents of a stopped run end, and reads only what has changed since the look before.
 * Throws RefusedError for a run that was not stopped.
 */
export async function openStopWatch({ store, clock }: Pick<Core, 'store' | 'clock'>, run: string): Promise<() => Promise<Look>> {
  const state = await readRunState(store, run)
  if (state.stopped === undefined) throw new RefusedError(`the run ${run} was not stopped. Stop it with: ssc stop ${run}`)
  const known = new Map<string, { seq: number; state: ChallengeState }>()

  async function refresh(): Promise<void> {
    for (const { stream, seq } of await store.heads(run))
      if (stream.startsWith('challenge/') && known.get(stream)?.seq !== seq)
        known.set(stream, { seq, state: await readChallenge(store, stream) })
  }

  return async () => {
    if (!isLaunched(state)) return new Map(state.plan.sites.map((site) => [site.name, { is: 'never started' }]))
    await refresh()
    const beats = new Map((await store.liveness(run)).map((job) => [job.stream, job.lastMs]))
    return new Map(
      state.plan.sites.map((site) => {
        const stream = streamOf(state, site)
        const sighting = { state: known.get(stream)?.state ?? initialChallenge(), lastMs: beats.get(stream) ?? null }
        return [site.name, siteEnd(state, sighting, clock.wall())]
      }),
    )
  }
}
