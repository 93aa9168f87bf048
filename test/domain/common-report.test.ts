import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CommonReport, REPORT_FORMAT, readReport, reportSchema } from '../../core/domain/common-report.ts'
import { fullReport } from './sample-report.ts'

describe('the common report', () => {
  test('given the published schema, then it is that of the code', () => {
    const published = readFileSync(new URL('../../reports/common-report.schema.json', import.meta.url), 'utf8')
    expect(JSON.parse(published)).toEqual(reportSchema())
  })

  test('given a full report, or its format alone, then it is taken as it is', () => {
    expect(readReport(fullReport)).toEqual({ report: fullReport, problems: [] })
    expect(readReport({ format: REPORT_FORMAT })).toEqual({ report: { format: REPORT_FORMAT }, problems: [] })
  })

  test('given some wrong parts, then they are named and the others are kept', () => {
    const read = readReport({ format: REPORT_FORMAT, jobs: ['1'], hosts: [5], times: { contained: '2027-01-11T10:00' }, extra: 1 })
    expect(read?.report).toEqual({ format: REPORT_FORMAT, jobs: ['1'] })
    expect(read?.problems.map(({ place }) => place)).toEqual(['hosts.0', 'times.contained', 'extra'])
  })

  test('given something else, then it is no report', () => {
    for (const value of [undefined, null, 'x', [], {}, { format: 'another/1' }, Object.create({ format: REPORT_FORMAT })])
      expect(readReport(value)).toBeUndefined()
  })

  test.each([
    ['a line with a break', { jobs: ['a\nb'] }],
    ['a NUL', { summary: 'a\0b' }],
    ['half of a surrogate pair', { summary: 'a\ud800b' }],
    ['a long text', { summary: 'a'.repeat(10_001) }],
    ['many hosts', { hosts: Array(201).fill('a') }],
    ['a hash in capitals', { evidence: [{ name: 'a', sha256: 'AB'.repeat(32) }] }],
    ['a day that is none', { times: { contained: '2027-02-30T10:00:00Z' } }],
  ])('given %s, then it is refused', (_, part) => {
    expect(CommonReport.safeParse({ format: REPORT_FORMAT, ...part }).success).toBe(false)
  })
})
