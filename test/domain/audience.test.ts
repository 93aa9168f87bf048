import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redact } from '../../core/domain/audience.ts'
import { buildReport } from '../../core/domain/build-report.ts'
import type { PlannedSite } from '../../core/domain/plan.ts'
import type { Audience, Report } from '../../core/domain/report.ts'
import { sampleParties } from './one-party.ts'
import { samplePlan, sampleReport } from './sample-run.ts'
import { launchMs } from './sample-sites.ts'
import { type SpreadLine, spreadEvents, spreadReport, stopped, wordFrom, wrote } from './spread-run.ts'

const hour = 3_600_000
const whole = sampleReport({ seed: 1, sites: 40 })
const sites = samplePlan(3, 24).sites

/** An officer's note that says too much. */
function gossip(of: number, about: PlannedSite): SpreadLine {
  const text = `${about.name} (${about.securityContact}) and challenge/x/${about.name}, at ${about.endpoint}: asked ${about.name}.`
  return {
    site: of,
    hours: 4,
    fact: { type: 'OfficerNoted', data: { by: 'Ada', text, fulfils: 'heads-up', happenedMs: launchMs + 2 * hour } },
  }
}

const place = fc.nat({ max: sites.length - 1 })
const lines = fc.array(
  fc.oneof(
    fc.tuple(place, place).map(([of, about]) => gossip(of, sites[about]!)),
    fc.tuple(place, place).map(([to, from]) => wordFrom(to, sites[from]!.name, 3)),
    place.map((site) => wrote(site % 12, 5)),
    place.map((site) => stopped(site, 6)),
  ),
  { maxLength: 30 },
)

function reportOf(more: readonly SpreadLine[]): Report {
  const report = buildReport(spreadEvents(sites.length, more), { audience: 'csirt', tlp: 'TLP:AMBER' })
  const reason = `a real incident at ${sites[1]!.name}, ask ${sites[1]!.securityContact}`
  const timeline = [...report.timeline, { at: launchMs, what: `The run was paused: ${reason} (Ada)` }]
  const signature = { algorithm: 'Ed25519', publicKey: '', value: 'x' } as const
  return { ...report, timeline, signature, outages: [{ fromMs: 0, untilMs: 1, what: reason }] }
}

const audiences: readonly Audience[] = [
  'public',
  ...new Set(sites.map(({ ngi }): Audience => `ngi:${ngi}`)),
  ...sites.map(({ name }): Audience => `site:${name}`),
]

describe('a report for others than the CSIRT', () => {
  it('given any run and audience, when redacted, then no name, address or stream of a foreign site is anywhere in it', () => {
    fc.assert(
      fc.property(lines, fc.constantFrom(...audiences), (more, audience) => {
        const text = JSON.stringify(redact(reportOf(more), audience)).toLowerCase()
        const foreign = sites.filter(({ name, ngi }) => audience !== `ngi:${ngi}` && audience !== `site:${name}`)
        for (const { name, securityContact, endpoint } of foreign)
          for (const secret of [name, securityContact, endpoint]) expect(text).not.toContain(secret.toLowerCase())
      }),
      { numRuns: 60 },
    )
  })

  it('given the CSIRT, when redacted, then nothing is taken away', () => {
    expect(redact(whole, 'csirt')).toEqual(whole)
  })

  it('given an NGI, when redacted, then its sites and itself are there whole, and the others as numbers', () => {
    const parties = sampleParties().map((party) => ({ ...party, name: party.role === 'ngi' ? 'NGI_DE' : party.name }))
    const { sites: own, others, heads, times, parties: shown, ...rest } = redact({ ...whole, parties }, 'ngi:NGI_DE')
    expect(own).toEqual(whole.sites.filter(({ ngi }) => ngi === 'NGI_DE'))
    expect(own.length).toBeGreaterThan(0)
    expect(others?.sites).toBe(40 - own.length)
    expect(Object.values(others!.lights).reduce((a, b) => a + b)).toBe(40 - own.length)
    expect(shown.map(({ role }) => role)).toEqual(['ngi'])
    expect(heads.map(({ stream }) => stream).sort()).toEqual(
      [`run/${whole.run}`, ...own.map(({ site }) => `challenge/${whole.run}/${site}`)].sort(),
    )
    expect(times.headsUp.values.length).toBe(whole.times.headsUp.values.length)
    expect(rest).toMatchObject({ audience: 'ngi:NGI_DE', tlp: 'TLP:AMBER', coverage: whole.coverage })
  })

  it('given the public, when redacted, then there are counts and distributions alone', () => {
    const { sites: none, parties, heads, others, tlp, timeline } = redact(whole, 'public')
    expect([none, parties, heads, others?.sites, tlp]).toEqual([[], [], [], 40, 'TLP:CLEAR'])
    expect(timeline.map(({ what }) => what)).toEqual([
      'The run was planned',
      'The plan was approved',
      'The run was launched',
      'Our own side was down',
      'Our own side was up again',
      'The run ended',
    ])
  })

  it('given fewer than 8 others, or fewer that have a time, when redacted, then there is no number of them', () => {
    const few = redact(sampleReport({ seed: 1, sites: 7 }), 'public')
    expect(few.others).toBeUndefined()
    expect(few.coverage).toEqual({ known: 0, of: 0 })
    expect(Object.values(few.times)).toEqual(Array(3).fill({ values: [], of: 0 }))
    const early = redact(sampleReport({ seed: 1, sites: 12, untilMs: launchMs + 4 * hour }), 'public')
    expect(early.times.containment).not.toHaveProperty('quartiles')
    expect(early.times.containment.values).toEqual([])
  })

  it('given how word spread among few, when redacted for one of them, then nothing tells what the others did', () => {
    const few = spreadReport(4, [stopped(0, 2), stopped(1, 3), stopped(2, 4), stopped(3, 9)])
    const { spread } = redact(few, `site:${sites[0]!.name}`)
    expect(spread).toMatchObject({ heard: 1, contained: 1, of: 1 })
    expect(spread).not.toHaveProperty('everywhereMs')
  })

  it.each(['public', `site:${whole.sites[0]!.site}`, 'ngi:NGI_DE'] as const)(
    'given many others, when redacted for %s, then quartiles stay, and neither the first nor the last of the others is told',
    (audience) => {
      const { sites: own, times } = redact(whole, audience)
      const others = whole.sites.filter(({ site }) => !own.some((one) => one.site === site))
      const theirs = others.flatMap(({ times: { headsUp } }) => headsUp ?? []).sort((a, b) => a - b)
      const ours = own.flatMap(({ times: { headsUp } }) => headsUp ?? [])
      const shown = times.headsUp.values.filter((ms) => !ours.includes(ms))
      expect(new Set(shown).size).toBeLessThanOrEqual(Math.max(4, Math.floor(theirs.length / 8)))
      expect(Math.min(...shown)).toBeGreaterThan(theirs[0]!)
      expect(Math.max(...shown)).toBeLessThan(theirs.at(-1)!)
      for (const [i, ms] of times.headsUp.quartiles!.entries())
        expect(Math.abs(ms - whole.times.headsUp.quartiles![i]!)).toBeLessThanOrEqual(30_000 + (audience === 'public' ? 0 : 1))
    },
  )

  it('given a run of one site, when redacted for it, then addresses in free words are struck out there too', () => {
    const note = 'asked ada@csirt.example by phone'
    const one = spreadReport(1, [
      {
        site: 0,
        hours: 4,
        fact: { type: 'OfficerNoted', data: { by: 'Ada', text: note, fulfils: 'heads-up', happenedMs: launchMs + 2 * hour } },
      },
    ])
    expect(JSON.stringify(one)).toContain('ada@csirt.example')
    expect(JSON.stringify(redact(one, `site:${one.sites[0]!.site}`))).not.toContain('ada@csirt.example')
  })

  it('given a report that was signed, when redacted, then the signature has gone with what it was over', () => {
    expect(redact(reportOf([]), 'public')).not.toHaveProperty('signature')
  })
})
