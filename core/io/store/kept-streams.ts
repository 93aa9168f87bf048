import type { Event } from '../../domain/event.ts'

/** A stream's facts from a place on. */
export type Since = { stream: string; after: number }

/** A plan of 2,000 sites takes about 2 MB. */
const MOST_KEPT = 20

/**
 * Every piece of work looks at its run's own stream, which holds the whole plan and seldom grows. Facts never change, so
 * those that were read once are kept, and only newer ones are asked for.
 */
export function keepRunStreams(read: (since: Since) => Promise<Event[]>): (stream: string) => Promise<Event[]> {
  const kept = new Map<string, Event[]>()
  return async (stream) => {
    if (!stream.startsWith('run/')) return read({ stream, after: 0 })
    const old = kept.get(stream) ?? []
    const fresh = await read({ stream, after: old.length })
    const events = fresh.length === 0 ? old : [...old, ...fresh]
    kept.delete(stream)
    if (events.length > 0) kept.set(stream, events)
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    return [...events]
  }
}
