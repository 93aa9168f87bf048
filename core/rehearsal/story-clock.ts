import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** Where a rehearsal keeps what belongs to none of its sides. */
export function storyFolder(home: string, run: string): string {
  return join(home, 'rehearsals', run)
}

/** How far the story has come, ms since 1970. */
export function keepStoryTime(folder: string, nowMs: number): void {
  const file = join(folder, 'clock')
  writeFileSync(`${file}.new`, String(nowMs), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** 0 for a story that has not begun. */
export function keptStoryTime(folder: string): number {
  const file = join(folder, 'clock')
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
}
