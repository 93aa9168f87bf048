import { type ChallengeState, foldChallenge } from '../domain/challenge.ts'
import { InputError, RefusedError } from '../domain/errors.ts'
import { type ChallengeEvent, challengeStream, partyStream, type RunEvent, runStream } from '../domain/event.ts'
import type { PlannedSite } from '../domain/plan.ts'
import { foldRun, type RunState } from '../domain/run-state.ts'
import { type Addressee, isLaunched, isPlanned, type LaunchedRun, type PlannedRun } from '../domain/work.ts'
import type { Store } from '../ports.ts'

/** The run as its log tells it now. Throws InputError when there is no such run. */
export async function readRunState(store: Store, run: string): Promise<RunState & { plan: NonNullable<RunState['plan']> }> {
  const events = (await store.readStream(runStream(run))) as RunEvent[]
  const state = foldRun(events)
  if (state.plan === undefined) {
    if (run.includes('/'))
      throw new InputError(`'${run}' is no run of ours. A run that was brought is shown by ssc score and ssc compare.`, [])
    const known = (await store.listRuns()).map((row) => row.run)
    throw new InputError(
      `there is no run '${run}'. ${known.length === 0 ? 'Make one with: ssc plan run.yaml' : `There are: ${known.join(', ')}.`}`,
      [],
    )
  }
  return { ...state, plan: state.plan, seq: events.at(-1)!.seq }
}

export async function readPlannedRun(store: Store, run: string): Promise<PlannedRun> {
  const state = await readRunState(store, run)
  if (!isPlanned(state)) throw new RefusedError(`the log of the run ${run} holds no scenario`)
  return state
}

export async function readLaunchedRun(store: Store, run: string): Promise<LaunchedRun> {
  const state = await readRunState(store, run)
  if (!isLaunched(state)) throw new RefusedError(`the run ${run} was not launched`)
  return state
}

export async function readChallenge(store: Store, stream: string): Promise<ChallengeState> {
  return foldChallenge((await store.readStream(stream)) as ChallengeEvent[])
}

/** The moment at which its lights are seen, ms since 1970: a rehearsal's story may have ended at a time that is still to come. */
export function scoredAt({ stopped, endedMs }: RunState, nowMs: number): number {
  return Math.max(nowMs, stopped?.at ?? 0, endedMs ?? 0)
}

export function plannedSite(run: { plan: { id: string; sites: readonly PlannedSite[] } }, name: string): PlannedSite {
  const site = run.plan.sites.find((one) => one.name === name)
  if (site === undefined)
    throw new InputError(`${name} is not in the plan of ${run.plan.id}. It has: ${run.plan.sites.map((one) => one.name).join(', ')}.`, [])
  return site
}

/** The log of a site's challenge, or of a party of the run. */
export function streamOf({ plan }: Pick<PlannedRun, 'plan'>, one: Addressee): string {
  return 'role' in one ? partyStream(plan.id, one.id) : challengeStream(plan.id, one.name)
}
