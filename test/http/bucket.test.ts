import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBucket } from '../../core/http/bucket.ts'

describe('given a bucket', () => {
  it('when many ask at any moments, then in no span of time more are let through than its pace and burst allow', () => {
    const pace = fc.record({ perSecond: fc.integer({ min: 1, max: 100 }), burst: fc.integer({ min: 1, max: 50 }) })
    fc.assert(
      fc.property(pace, fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 }), ({ perSecond, burst }, gapsMs) => {
        let now = 0
        const may = createBucket({ perSecond, burst }, () => now)
        const passed = gapsMs.flatMap((gap) => {
          now += gap
          return may() ? [now] : []
        })
        for (const [i, from] of passed.entries())
          for (const [n, to] of passed.slice(i).entries())
            expect(n + 1).toBeLessThanOrEqual(burst + ((to - from) * perSecond) / 1_000 + 1e-6)
      }),
    )
  })

  it('when it was emptied, then it fills again with time, and never above its burst', () => {
    let now = 0
    const may = createBucket({ perSecond: 5, burst: 2 }, () => now)
    const ask = (times: number) => Array.from({ length: times }, may)
    expect(ask(3)).toEqual([true, true, false])
    now = 200
    expect(ask(2)).toEqual([true, false])
    now = 60_000
    expect(ask(3)).toEqual([true, true, false])
  })
})
