import type { Effect, NewFact } from '../ports.ts'
import type { Deps } from './deps.ts'

/** Longest time that one call to the outside may take. */
export const CALL_DEADLINE_MS = 60_000

/** After so many tries a passing fault counts as a refusal. */
export const MOST_TRIES = 6
const PATIENCE: Patience = { tries: MOST_TRIES, waitMs: 600_000 }

/** Runs a call that can be aborted, and rejects at the deadline even if the call does not heed its signal. */
export async function withDeadline<T>(ms: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${ms / 1000} s`)), { once: true })
  })
  return Promise.race([call(signal), late])
}

/** How often it is tried, and the longest wait between two tries. */
type Patience = { tries: number; waitMs: number }

/** A passing fault, and the fact that tells of it when it lasts. */
export type Passing = { reason: string; refused(reason: string): NewFact; most?: Patience }

/** The wait before the next try, ms: it doubles. */
function backoffMs(tries: number, { waitMs }: Patience): number {
  return Math.min(waitMs, 5_000 * 2 ** tries)
}

/** Puts it back for another try after a while; after the last try it is refused. */
export async function deferOrGiveUp(deps: Deps, effect: Effect, { reason, refused, most = PATIENCE }: Passing): Promise<void> {
  const tries = effect.attempts + 1
  const move = { id: effect.id, from: ['doing'] as const }
  if (tries >= most.tries) {
    const facts = [refused(`gave up after ${tries} tries: ${reason}`)]
    await deps.store.commit({ run: effect.run, move: { ...move, to: 'refused' }, facts })
    return
  }
  deps.log('it is tried again later', { effect: effect.id, reason })
  await deps.store.commit({ run: effect.run, move: { ...move, to: 'deferred', due: deps.clock.now() + backoffMs(tries, most) } })
}

/** The work is over, and these facts came of it. */
export async function finish(deps: Deps, effect: Effect, facts: readonly NewFact[] = []): Promise<void> {
  await deps.store.commit({ run: effect.run, move: { id: effect.id, from: ['queued', 'deferred', 'doing'], to: 'done' }, facts })
}
