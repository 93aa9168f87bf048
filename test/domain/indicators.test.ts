import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redact } from '../../core/domain/audience.ts'
import { buildReport } from '../../core/domain/build-report.ts'
import type { Audience, Report } from '../../core/domain/report.ts'
import { sampleReport, sampleRun } from './sample-run.ts'
import { launchMs } from './sample-sites.ts'

const hour = 3_600_000
const extras = { audience: 'csirt', tlp: 'TLP:AMBER' } as const
const whole = sampleReport({ seed: 1, sites: 12 })
const phases: readonly Report['phase'][] = ['planned', 'approved', 'running', 'stopped', 'ended']
const audiences: readonly Audience[] = [
  ...['csirt' as const, 'public' as const, 'ngi:NGI_ZZ' as const, 'site:NOBODY' as const],
  ...whole.sites.flatMap(({ site, ngi }): Audience[] => [`site:${site}`, `ngi:${ngi}`]),
]

describe('indicators', () => {
  it('given a run with jobs, when built, then the identity stands there once and each site has its own job', () => {
    const all = whole.indicators!
    expect(all.filter(({ type }) => type === 'identity')).toEqual([{ type: 'identity', value: '/DC=org/DC=example/CN=Robot: Mallory' }])
    for (const type of ['label', 'sha256'])
      expect(all.filter((one) => one.type === type).map(({ site }) => site)).toEqual(whole.sites.map(({ site }) => site))
    expect(all.filter(({ type }) => type === 'process')).toEqual([{ type: 'process', value: 'ssc-agent' }])
  })

  it('given names with a number in them, when built, then they are files', () => {
    const names = ['ssc-agent', 'ssc-agent.PID', 'ssc-exercise-marker-N']
    const events = sampleRun({ seed: 1, sites: 1 }).map((event) =>
      event.type === 'ChallengePlanned' ? { ...event, data: { ...event.data, key: { ...event.data.key, names } } } : event,
    )
    const { indicators } = buildReport(events, extras)
    expect(indicators?.filter(({ type }) => type === 'file').map(({ value }) => value)).toEqual(names.slice(1))
  })

  it('given a scenario without a job, or nothing launched yet, when built, then there are none, or it is not said', () => {
    const silent = sampleRun({ seed: 1, sites: 2 }).map((event) => {
      if (event.type !== 'RunPlanned') return event
      const { job: _, ...scenario } = event.data.scenario
      return { ...event, data: { ...event.data, scenario } }
    })
    expect(buildReport(silent, extras).indicators).toEqual([])
    expect(buildReport(sampleRun({ seed: 1, sites: 2, untilMs: launchMs - hour }), extras)).not.toHaveProperty('indicators')
  })

  it('given any phase and audience, when redacted, then the key leaves only after the end, to those who took part, with no foreign job', () => {
    fc.assert(
      fc.property(fc.constantFrom(...phases), fc.constantFrom(...audiences), (phase, audience) => {
        const { indicators } = redact({ ...whole, phase }, audience)
        const own = whole.sites.filter(({ site, ngi }) => audience === `site:${site}` || audience === `ngi:${ngi}`).map(({ site }) => site)
        const isOver = phase === 'ended' || phase === 'stopped'
        const shown = audience === 'csirt' ? whole.sites.map(({ site }) => site) : isOver ? own : []
        expect(indicators?.flatMap(({ type, site }) => (type === 'label' ? [site] : [])) ?? []).toEqual(shown)
        expect(indicators?.some(({ type }) => type === 'identity') ?? false).toBe(shown.length > 0)
      }),
      { numRuns: 300 },
    )
  })
})
