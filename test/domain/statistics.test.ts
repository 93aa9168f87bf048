import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distributionOf, median, quantile } from '../../core/domain/statistics.ts'

const some = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 60 })

describe('quartiles', () => {
  it.each([
    [[], undefined],
    [[7], 7],
    [[1, 3], 2],
    [[1, 2, 10], 2],
  ])('given %j, when asked for the median, then it is %s', (numbers, middle) => {
    expect(median(numbers)).toBe(middle)
  })

  it('given four numbers, when asked for a quarter, then it lies between two of them in proportion', () => {
    expect(quantile([0, 10, 20, 30], 0.25)).toBe(7.5)
  })

  it('given no number, when spread, then there are no quartiles, and it is still told of how many', () => {
    expect(distributionOf([], 5)).toEqual({ values: [], of: 5 })
  })

  it('given any numbers in any order, when spread, then half of them lie on each side of the median, and nothing is lost', () => {
    fc.assert(
      fc.property(some, (numbers) => {
        const { values, quartiles } = distributionOf(numbers, numbers.length)
        const [lower, middle, upper] = quartiles!
        expect([...values].sort((a, b) => a - b)).toEqual([...numbers].sort((a, b) => a - b))
        expect(values).toEqual([...values].sort((a, b) => a - b))
        expect(lower).toBeLessThanOrEqual(middle)
        expect(middle).toBeLessThanOrEqual(upper)
        for (const [share, at] of [
          [0.25, lower],
          [0.5, middle],
          [0.75, upper],
        ] as const) {
          expect(values.filter((one) => one < at).length).toBeLessThanOrEqual(Math.ceil(values.length * share))
          expect(values.filter((one) => one > at).length).toBeLessThanOrEqual(Math.ceil(values.length * (1 - share)))
        }
      }),
    )
  })
})
