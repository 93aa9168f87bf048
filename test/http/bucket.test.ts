import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBucket, createBuckets, neighbourhoodOf } from '../../core/http/bucket.ts'

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

describe('given buckets by key', () => {
  it('when one empties its own, then the others have theirs; the one asked for longest ago gives way to a newcomer', () => {
    const may = createBuckets({ perSecond: 0.001, burst: 1 }, 2)
    expect([may('a'), may('a'), may('b'), may('a')]).toEqual([true, false, true, false])
    expect([may('c'), may('a'), may('b')]).toEqual([true, false, true])
  })

  it('when an address is of IPv6, then its /64 stands for it, however it is written', () => {
    expect(neighbourhoodOf('192.0.2.7')).toBe('192.0.2.7')
    expect(neighbourhoodOf('::ffff:192.0.2.7')).toBe('192.0.2.7')
    expect(neighbourhoodOf('::1')).toBe('0:0:0:0::/64')
    const own = ['2001:db8:1:2::1', '2001:db8:1:2:aaaa:bbbb:cccc:dddd', '2001:db8:1:2:3:4::', 'fe80::1%eth0']
    expect(own.map(neighbourhoodOf)).toEqual(['2001:db8:1:2::/64', '2001:db8:1:2::/64', '2001:db8:1:2::/64', 'fe80:0:0:0::/64'])
  })
})
