import { InputError, RefusedError } from '../domain/errors.ts'
import { type PauseCause, runStream } from '../domain/event.ts'
import { type Pause, pausedBy } from '../domain/run-state.ts'
import type { Effect } from '../ports.ts'
import type { Core } from './deps.ts'
import { readLaunchedRun } from './view.ts'

type Word = { run: string; by: string; reason: string }

/** From this commit on nothing new is sent; what falls due meanwhile is held. A pause that lasts already stays as it is, but for a real incident. */
export async function pauseRun({ store }: Pick<Core, 'store'>, word: Word & { because: PauseCause }): Promise<Pause> {
  const { run, ...data } = word
  const state = await readLaunchedRun(store, run)
  if (state.stopped) throw new RefusedError(`the run ${run} was stopped for good`)
  const fact = { stream: runStream(run), type: 'RunPaused' as const, data }
  await store.commit({ run, facts: [fact] })
  return pausedBy(await readLaunchedRun(store, run))!
}

/** Goes on. What fell into the pause is given back: it waits for a decision, one by one. Sites' clocks stood still. */
export async function resumeRun({ store, clock }: Pick<Core, 'store' | 'clock'>, { run, by, reason }: Word): Promise<Effect[]> {
  const state = await readLaunchedRun(store, run)
  if (state.stopped) throw new RefusedError(`the run ${run} was stopped for good; what is held is never done`)
  const pause = pausedBy(state)
  if (pause === undefined) throw new RefusedError(`the run ${run} is not paused`)
  const outage = { fromMs: pause.fromMs, untilMs: clock.now(), what: `the run was paused: ${pause.reason}` }
  const stream = runStream(run)
  await store.commit({
    run,
    facts: [
      { stream, type: 'RunResumed', data: { by, reason } },
      { stream, type: 'OutageRecorded', data: outage, key: `paused:${pause.fromMs}` },
    ],
  })
  return heldWork({ store }, run)
}

/** What waits for an officer's word, in the order in which it was due. */
export async function heldWork({ store }: Pick<Core, 'store'>, run: string): Promise<Effect[]> {
  return store.effects(run, ['held'])
}

/** One after the other, so that nobody gets everything in one moment. */
const APART_MS = 10_000

/** Has held work done, or lets it drop. `ids`: which; all that is held when there are none. */
export async function decideHeld(
  { store, clock }: Pick<Core, 'store' | 'clock'>,
  { run, ids, go, by }: { run: string; ids: readonly string[]; go: boolean; by: string },
): Promise<Effect[]> {
  const state = await readLaunchedRun(store, run)
  if (pausedBy(state)) throw new RefusedError(`the run ${run} is still paused. Go on first with: ssc resume ${run} --by NAME`)
  const held = await heldWork({ store }, run)
  const unknown = ids.filter((id) => !held.some((one) => one.id === id))
  if (unknown.length > 0) throw new InputError(`nothing of this name is held in ${run}:`, unknown)
  const chosen = ids.length === 0 ? held : held.filter((one) => ids.includes(one.id))
  // By another machine's clock the pause may have ended later than it is here now.
  const fromMs = Math.max(clock.now(), ...state.pauses.map(({ untilMs = 0 }) => untilMs))
  for (const [i, effect] of chosen.entries()) {
    const dueMs = fromMs + i * APART_MS
    const data = { effect: effect.id, go, by, dueMs }
    await store.commit({
      run,
      move: { id: effect.id, from: ['held'], to: 'queued', due: dueMs },
      facts: [{ stream: runStream(run), type: 'HeldDecided', data }],
    })
  }
  return chosen
}
