import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildMetrics, type EndedRun, periodOf } from '../../core/domain/build-metrics.ts'
import type { ContactQuality } from '../../core/domain/contact-quality.ts'
import { rubricsWords } from '../../core/domain/document-words.ts'
import { InputError, RefusedError } from '../../core/domain/errors.ts'
import { median } from '../../core/domain/statistics.ts'
import { sampleReport } from './sample-run.ts'

const report = sampleReport({ seed: 1, sites: 6 })
const ms = (day: string) => Date.parse(`${day}T12:00:00Z`)
const contact = (change: Partial<ContactQuality>): ContactQuality => ({
  who: 'X',
  role: 'site',
  address: 'x@x.example',
  accepted: 1,
  refused: 0,
  bounced: 0,
  words: [],
  automatic: 0,
  human: 0,
  ...change,
})
const ended = (day: string, contacts: ContactQuality[] = []): EndedRun => ({ report, endedMs: ms(day), contacts })

describe('metrics', () => {
  it('given runs, when counted by month, then each stands in the month of its end, and a month without one is there too', () => {
    const { periods } = buildMetrics([ended('2027-03-31'), ended('2027-01-01'), ended('2027-03-01')], { by: 'month' })
    expect(periods.map(({ period, runs, sites }) => [period, runs.length, sites])).toEqual([
      ['2027-01', 1, 6],
      ['2027-02', 0, 0],
      ['2027-03', 2, 12],
    ])
    expect(periods[0]!.times).toEqual(report.times)
    expect(periods[2]!.times.headsUp.quartiles?.[1]).toBe(median(report.times.headsUp.values.flatMap((one) => [one, one])))
    expect(periods[1]!.times.headsUp).toEqual({ values: [], of: 0 })
    expect(periods[2]!.coverage).toEqual({ known: 2 * report.coverage.known, of: 2 * report.coverage.of })
  })

  it('given runs of two rubrics, when counted, then both are named once, and that their lights are not comparable', () => {
    const other = { ...ended('2027-02-01'), report: { ...report, rubric: { ...report.rubric, version: report.rubric.version + 1 } } }
    const { rubrics } = buildMetrics([other, ended('2027-01-01'), ended('2027-03-01')], { by: 'month' })
    expect(rubrics.map(({ version }) => version)).toEqual([report.rubric.version, report.rubric.version + 1])
    expect(rubricsWords({ rubrics })).toContain('not comparable')
    expect(rubricsWords({ rubrics: rubrics.slice(1) })).not.toContain('not comparable')
  })

  it('given the bounds of a year, when counted by quarter, then what ended outside is left out', () => {
    const wish = { by: 'quarter' as const, fromMs: Date.parse('2027-01-01T00:00:00Z'), toMs: Date.parse('2027-12-31T23:59:59Z') }
    const { periods } = buildMetrics([ended('2026-12-31'), ended('2027-04-01'), ended('2028-01-01')], wish)
    expect(periods.map(({ period, runs }) => [period, runs.length])).toEqual([
      ['2027-Q1', 0],
      ['2027-Q2', 1],
      ['2027-Q3', 0],
      ['2027-Q4', 0],
    ])
  })

  it('given contacts, when counted, then who answered has not failed, and who was never written to does not count', () => {
    const contacts = [
      contact({ human: 1, bounced: 1 }),
      contact({ bounced: 1 }),
      contact({}),
      contact({ accepted: 0 }),
      contact({ refused: 2 }),
    ]
    expect(buildMetrics([ended('2027-01-01', contacts)], { by: 'month' }).periods[0]!.contacts).toEqual({
      asked: 4,
      answered: 1,
      failed: 2,
    })
  })

  it('given no run in that time, or more periods than anybody reads, when counted, then it is refused', () => {
    expect(() => buildMetrics([], { by: 'month' })).toThrow(RefusedError)
    expect(() => buildMetrics([ended('2027-01-01')], { by: 'month', fromMs: 0, toMs: ms('2999-01-01') })).toThrow(InputError)
  })

  it('given any moment, when put into a period, then it is that of the calendar in UTC', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2999-12-31'), noInvalidDate: true }), (day) => {
        expect(periodOf('month', day.getTime())).toBe(day.toISOString().slice(0, 7))
        expect(periodOf('quarter', day.getTime())).toBe(`${day.getUTCFullYear()}-Q${Math.floor(day.getUTCMonth() / 3) + 1}`)
      }),
    )
  })
})
