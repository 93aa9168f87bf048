import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildReport } from '../../core/domain/build-report.ts'
import { RefusedError } from '../../core/domain/errors.ts'
import { sampleReport, sampleRun } from './sample-run.ts'
import { launchMs } from './sample-sites.ts'

const extras = { audience: 'csirt', tlp: 'TLP:AMBER' } as const
const hour = 3_600_000

describe('a report', () => {
  it('given a run of 40 sites, when built, then every site is in it, by name, and every light occurs', () => {
    const report = sampleReport({ seed: 1, sites: 40 })
    const names = report.sites.map((s) => s.site)
    expect(names).toHaveLength(40)
    expect(names).toEqual([...names].sort())
    expect(new Set(report.sites.map((s) => s.overall))).toEqual(new Set(['green', 'amber', 'red', 'grey']))
    expect(report).toMatchObject({
      phase: 'ended',
      vo: 'cms.example',
      rubric: { id: 'sec01', version: 1 },
      tlp: 'TLP:AMBER',
      audience: 'csirt',
    })
  })

  it('given the log up to some hour, when built, then the newest fact is its clock and open deadlines are pending', () => {
    const events = sampleRun({ seed: 1, sites: 40, untilMs: launchMs + 3 * hour })
    const report = buildReport(events, extras)
    expect(report.asOf).toBe(Math.max(...events.map((e) => e.at)))
    expect(report.phase).toBe('running')
    expect(report.sites.some((s) => s.overall === 'pending')).toBe(true)
    expect(report.sites.some((s) => s.overall === 'red')).toBe(false)
  })

  it('given a run that was only planned, when built, then no site has vanished', () => {
    const events = sampleRun({ seed: 1, sites: 5, untilMs: launchMs - hour })
    expect(buildReport(events, extras)).toMatchObject({
      phase: 'approved',
      sites: Array.from({ length: 5 }, () => ({ overall: 'pending', timeline: [] })),
    })
  })

  it('given each chain of the log, when built, then its newest place and hash are named', () => {
    const events = sampleRun({ seed: 1, sites: 3 })
    const report = buildReport(events, extras)
    expect(report.heads.map((h) => h.stream)).toEqual([...new Set(events.map((e) => e.stream))].sort())
    for (const head of report.heads)
      expect(events.findLast((e) => e.stream === head.stream)).toMatchObject({ seq: head.seq, hash: head.hash })
  })

  it('given the same facts in another order of streams, when built, then the report is the same', () => {
    const events = sampleRun({ seed: 5, sites: 6 })
    const expected = buildReport(events, extras)
    fc.assert(
      fc.property(fc.shuffledSubarray([...events.keys()], { minLength: events.length }), (order) => {
        expect(
          buildReport(
            order.map((i) => events[i]!),
            extras,
          ),
        ).toEqual(expected)
      }),
      { numRuns: 10 },
    )
  })

  it('given a run stopped by an officer and then ended, when built, then it is called stopped', () => {
    const events = sampleRun({ seed: 1, sites: 2 })
    const stop = {
      ...events[0]!,
      type: 'RunStopped',
      data: { by: 'x', reason: 'a real incident' },
      at: launchMs + hour,
      seq: 99,
    } as (typeof events)[number]
    const report = buildReport([...events, stop], extras)
    expect(report.phase).toBe('stopped')
  })

  it('given a log without a plan, when built, then it is refused with the reason', () => {
    expect(() => buildReport([], extras)).toThrow(RefusedError)
  })
})
