import type { Clock } from '../ports.ts'

/** A clock that stands still until it is told to jump: with the same seed the same things happen at the same times on any machine. */
export type StoryClock = Clock & { jumpTo(ms: number): void }

export function storyClock(startMs: number): StoryClock {
  let now = startMs
  return {
    now: () => now,
    wall: Date.now,
    jumpTo: (ms) => {
      now = Math.max(now, ms)
    },
  }
}
