import { describe, expect, test } from 'vitest'
import { foreignReportFault } from '../../core/domain/foreign-report.ts'
import { sampleRun } from './sample-run.ts'
import { spreadEvents } from './spread-run.ts'

describe('the report of facts that somebody else wrote', () => {
  test.each([1, 2, 3])('given an honest run of many sites (seed %i), when looked at, then nothing is wrong with it', (seed) => {
    expect(foreignReportFault(sampleRun({ seed, sites: seed * 100 }))).toBeUndefined()
  })

  test('given an honest run that alerts one site, when looked at, then nothing is wrong with it', () => {
    expect(foreignReportFault(spreadEvents(9, []))).toBeUndefined()
  })

  test('given no plan, or a chain of nothing but notes, when looked at, then it is said in words', () => {
    expect(foreignReportFault([])).toContain('there is no plan')
    expect(foreignReportFault(sampleRun({ seed: 1, sites: 3 }).filter(({ type }) => type === 'OfficerNoted'))).toContain('there is no plan')
  })

  test('given a run while it goes on, at any moment, when looked at, then nothing is wrong with it', () => {
    const events = [...sampleRun({ seed: 4, sites: 6 })].sort((a, b) => a.at - b.at)
    for (let count = 5; count <= events.length; count += 5) expect(foreignReportFault(events.slice(0, count))).toBeUndefined()
  })
})
