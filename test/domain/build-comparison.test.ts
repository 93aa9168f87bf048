import { describe, expect, it } from 'vitest'
import { buildComparison } from '../../core/domain/build-comparison.ts'
import { InputError } from '../../core/domain/errors.ts'
import { sampleReport } from './sample-run.ts'

const window = { from: '2028-01-11T08:00:00Z', to: '2028-01-22T17:00:00Z' }
const old = sampleReport({ seed: 1, sites: 5 })
const small = sampleReport({ seed: 2, sites: 7 })
const young = { ...small, window, sites: small.sites.slice(1).map((site) => ({ ...site, ngi: 'NGI_NEW' })) }

describe('a comparison', () => {
  it('given runs in any order, when compared, then the earlier stands first, and each site has a place for each', () => {
    const compared = buildComparison([{ report: young, origin: 'north' }, { report: old }])
    expect(compared.runs.map(({ run, origin, sites }) => [run, origin, sites])).toEqual([
      [old.run, undefined, 5],
      [young.run, 'north', 6],
    ])
    expect(compared.sites).toHaveLength(7)
    for (const { site, lights, headsUp, ngi } of compared.sites) {
      const parts = [old, young].map(({ sites }) => sites.find((one) => one.site === site))
      expect(lights).toEqual(parts.map((one) => one?.overall ?? null))
      expect(headsUp).toEqual(parts.map((one) => one?.times.headsUp ?? null))
      expect(ngi).toBe((parts[1] ?? parts[0])!.ngi)
    }
    expect(compared).toMatchObject({ asOf: Math.max(old.asOf, young.asOf), tlp: 'TLP:AMBER', rehearsal: true, rubric: old.rubric })
  })

  it('given runs that are scored with different rubrics, when compared, then it is refused, and the rubrics are named', () => {
    const other = { ...young, rubric: { ...young.rubric, version: 99 } }
    expect(() => buildComparison([{ report: old }, { report: other }])).toThrow(InputError)
    expect(() => buildComparison([{ report: old }, { report: other }])).toThrow('version 99')
  })

  it('given no run, when compared, then it is refused', () => {
    expect(() => buildComparison([])).toThrow(InputError)
  })
})
