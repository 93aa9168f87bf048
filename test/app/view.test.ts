import { describe, expect, test } from 'vitest'
import { scoredAt } from '../../core/app/view.ts'
import { initialRun } from '../../core/domain/run-state.ts'

describe('the moment at which lights are seen', () => {
  test('given a run that goes on or has ended before now, then it is now', () => {
    expect(scoredAt(initialRun(), 100)).toBe(100)
    expect(scoredAt({ ...initialRun(), endedMs: 50 }, 100)).toBe(100)
  })

  test('given a rehearsal whose story ended at a time that is still to come, then it is the end of the story', () => {
    expect(scoredAt({ ...initialRun(), endedMs: 500 }, 100)).toBe(500)
    expect(scoredAt({ ...initialRun(), stopped: { at: 400, by: 'Ada', reason: 'enough' } }, 100)).toBe(400)
  })
})
