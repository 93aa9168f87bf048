import type { Effect } from '../ports.ts'

/** The queue may lose what it was told, so it is told again after a while. */
const AGAIN_MS = 2_000
/** So many at a time: with thousands that wait for their turn, nearly all of them are still in the queue. */
const MOST_AGAIN = 100

/** Remembers which work the queue was told of, so that a look at a run every few milliseconds does not fill it with doubles. */
export function createOffers(wallMs: () => number) {
  const offers = new Map<string, { effect: Effect; atMs: number }>()

  /** Those that the queue is to be told of now: what is new, what has changed, and what may have got lost. */
  function toOffer(run: string, due: readonly Effect[]): Effect[] {
    const now = wallMs()
    const open = new Set(due.map((effect) => effect.id))
    for (const [id, { effect }] of offers) if (effect.run === run && !open.has(id)) offers.delete(id)
    const fresh = due.filter((effect) => {
      const last = offers.get(effect.id)
      return last === undefined || hasMoved(last.effect, effect)
    })
    for (const effect of fresh) offers.set(effect.id, { effect, atMs: now })
    const again = waitingLong(run, now)
    for (const effect of again) offers.set(effect.id, { effect, atMs: now })
    return [...fresh, ...again]
  }

  /** Those that the queue was told of longest ago, of what is still open. */
  function waitingLong(run: string, now: number): Effect[] {
    const waiting = [...offers.values()].filter(({ effect, atMs }) => effect.run === run && Math.abs(now - atMs) >= AGAIN_MS)
    return waiting
      .sort((a, b) => a.atMs - b.atMs)
      .slice(0, MOST_AGAIN)
      .map(({ effect }) => effect)
  }

  return { toOffer }
}

function hasMoved(before: Effect, now: Effect): boolean {
  return before.state !== now.state || before.due !== now.due || before.attempts !== now.attempts
}
