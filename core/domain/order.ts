import type { ChallengeFact, Event } from './event.ts'

/** A fact of one type, with its place in the log. */
export type On<T extends ChallengeFact['type']> = Event<Extract<ChallengeFact, { type: T }>>

/** By time, and in one moment by place in the log. */
export function compareEvents(a: Event, b: Event): number {
  return a.at - b.at || a.seq - b.seq
}

export function first<E extends Event>(kept: E | undefined, event: E): E {
  return kept && compareEvents(kept, event) <= 0 ? kept : event
}

export function last<E extends Event>(kept: E | undefined, event: E): E {
  return kept && compareEvents(kept, event) > 0 ? kept : event
}

export function earliest<E extends Event>(events: readonly (E | undefined)[]): E | undefined {
  return events.reduce((kept, event) => (event === undefined ? kept : first(kept, event)), undefined)
}
