import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type GocdbNews, newsFor } from '../../core/domain/gocdb-news.ts'
import type { Downtime } from '../../core/domain/site.ts'
import { launchedRun } from './launched-run.ts'

const launchedMs = Date.parse('2027-01-11T00:00:00Z')
const HOUR = 3_600_000
const base = launchedRun({ state: { launchedMs } })
const planned = { declaredMs: launchedMs - 9 * HOUR, startMs: launchedMs, endMs: launchedMs + 9 * HOUR }
const run = { ...base, plan: { ...base.plan, sites: base.plan.sites.map((site) => ({ ...site, downtimes: [planned] })) } }

function outage(over: Partial<Downtime> = {}, site = 'DE-ONE'): Downtime {
  const services = [{ hostName: 'ce.example', serviceType: 'ce', site }]
  return {
    id: '5G0',
    severity: 'OUTAGE',
    declaredMs: launchedMs + HOUR,
    startMs: launchedMs + 2 * HOUR,
    endMs: launchedMs + 5 * HOUR,
    services,
    ...over,
  }
}

const told = (news: Partial<GocdbNews>) => newsFor(run, { downtimes: [], certifications: [], ...news })

describe('given a launched run', () => {
  test('when GOCDB shows an outage that the plan does not hold, then it is news of its site, with its times and no more', () => {
    const [news, ...more] = told({ downtimes: [outage({ description: 'call Ada' })] })
    expect(more).toEqual([])
    expect(news).toEqual({
      type: 'DowntimeSeen',
      stream: 'challenge/r-1/DE-ONE',
      key: `downtime:5G0:${launchedMs + HOUR}:${launchedMs + 2 * HOUR}:${launchedMs + 5 * HOUR}`,
      data: { id: '5G0', declaredMs: launchedMs + HOUR, startMs: launchedMs + 2 * HOUR, endMs: launchedMs + 5 * HOUR, severity: 'OUTAGE' },
    })
  })

  test('when it shows what the plan holds, a warning, what was over before, or a stranger, then nothing is news', () => {
    const before = { declaredMs: 1, startMs: 2, endMs: launchedMs - 1 }
    expect(told({ downtimes: [outage(planned), outage({ severity: 'WARNING' }), outage(before), outage({}, 'XX-NONE')] })).toEqual([])
  })

  test('when a planned downtime is prolonged, ends early or ended in the meantime, then that is news under another key', () => {
    const versions = [outage({ ...planned, endMs: planned.endMs + 1 }), outage({ ...planned, endMs: launchedMs + HOUR }), outage(planned)]
    const keys = told({ downtimes: versions }).map(({ key }) => key)
    expect(new Set(keys).size).toBe(2)
  })

  test('when one downtime hits two sites, then each has its own fact', () => {
    const services = ['DE-ONE', 'FR-TWO'].map((site) => ({ hostName: '', serviceType: '', site }))
    expect(told({ downtimes: [outage({ services })] }).map(({ stream }) => stream)).toEqual([
      'challenge/r-1/DE-ONE',
      'challenge/r-1/FR-TWO',
    ])
  })

  test('when certifications change, then those of its sites after the launch are news', () => {
    const change = (site: string, changedMs: number) => ({ site, before: 'Suspended', now: 'Certified', changedMs })
    const news = told({
      certifications: [change('DE-ONE', launchedMs - 1), change('DE-ONE', launchedMs + 1), change('XX-NONE', launchedMs + 1)],
    })
    expect(news).toMatchObject([
      {
        type: 'CertificationSeen',
        stream: 'challenge/r-1/DE-ONE',
        data: { before: 'Suspended', now: 'Certified', changedMs: launchedMs + 1 },
      },
    ])
  })

  test('given any downtimes in any order, then the same facts come, each key once a stream, and no more than are bearable', () => {
    const times = fc.integer({ min: -5, max: 200 }).map((n) => launchedMs + n * HOUR)
    const one = fc.record({ id: fc.stringMatching(/^\d{1,2}G0$/), declaredMs: times, startMs: times, endMs: times })
    fc.assert(
      fc.property(
        fc.uniqueArray(one, { maxLength: 150, selector: ({ id, ...t }) => `${id} ${Object.values(t)}` }),
        fc.nat(),
        (all, turn) => {
          const downtimes = all.map((over) => outage(over))
          const facts = told({ downtimes })
          expect(facts.length).toBeLessThanOrEqual(100)
          expect(new Set(facts.map(({ key }) => key)).size).toBe(facts.length)
          const turned = [...downtimes.slice(turn % 150), ...downtimes.slice(0, turn % 150)]
          const keys = (list: typeof facts) => list.map(({ key }) => key).sort()
          if (facts.length < 100) expect(keys(told({ downtimes: turned }))).toEqual(keys(facts))
        },
      ),
      { numRuns: 50 },
    )
  })
})
