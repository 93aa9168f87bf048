import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPace } from '../../core/domain/pace.ts'

describe('a pace', () => {
  test('given so many at once, then the next one waits until its turn, and another name does not', () => {
    const waitOf = createPace({ perMinute: 60, burst: 3 })
    expect([1, 2, 3].map(() => waitOf('a.example', 0))).toEqual([0, 0, 0])
    expect(waitOf('a.example', 0)).toBe(1_000)
    expect(waitOf('b.example', 0)).toBe(0)
    expect(waitOf('a.example', 1_000)).toBe(0)
    expect(waitOf('a.example', 1_000)).toBe(1_000)
  })

  test('given any moments, then in no minute go more than so many and those at once, and who waits as long as told may go', () => {
    const pace = fc.record({ perMinute: fc.integer({ min: 1, max: 600 }), burst: fc.integer({ min: 1, max: 50 }) })
    fc.assert(
      fc.property(pace, fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 300 }), ({ perMinute, burst }, steps) => {
        const waitOf = createPace({ perMinute, burst })
        const gone: number[] = []
        let now = 0
        for (const step of steps) {
          now += step
          const waitMs = waitOf('a.example', now)
          now += waitMs
          if (waitMs > 0) expect(waitOf('a.example', now)).toBe(0)
          gone.push(now)
        }
        for (const at of gone) expect(gone.filter((one) => one >= at && one < at + 60_000).length).toBeLessThanOrEqual(perMinute + burst)
      }),
    )
  })
})
