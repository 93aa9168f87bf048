import { describe, expect, it } from 'vitest'
import { buildSiteReport } from '../../core/domain/build-site-report.ts'
import { InputError, RefusedError } from '../../core/domain/errors.ts'
import { improvements } from '../../core/domain/improve.ts'
import type { Report, Score } from '../../core/domain/report.ts'
import { sampleReport, sampleRubric } from './sample-run.ts'
import { launchMs } from './sample-sites.ts'

const whole = sampleReport({ seed: 1, sites: 40 })
const name = whole.sites[0]!.site
const row = { stream: `challenge/${whole.run}/${name}`, seq: 1, body: '{}', hash: 'h' }

describe('the report of one site', () => {
  it('given a run that is over, when built, then it holds the site, its own facts, and of the others numbers alone', () => {
    const report = buildSiteReport(whole, name, [row])
    expect(report).toMatchObject({ audience: `site:${name}`, tlp: 'TLP:AMBER', site: whole.sites[0], others: { sites: 39 } })
    expect(report.facts).toEqual({ stream: row.stream, rows: [{ seq: 1, body: '{}', hash: 'h' }] })
    const text = JSON.stringify(report)
    for (const { site } of whole.sites.slice(1)) expect(text).not.toContain(site)
  })

  it('given 8 others, when built, then there are numbers of them, and with 7 there are none', () => {
    const of = (sites: number) => {
      const report = sampleReport({ seed: 1, sites })
      return buildSiteReport(report, report.sites[0]!.site, [])
    }
    expect(of(9).others?.sites).toBe(8)
    expect(of(8)).not.toHaveProperty('others')
  })

  it('given a run that goes on, when asked for, then it is refused: its facts hold the key to the questions', () => {
    const early = sampleReport({ seed: 1, sites: 3, untilMs: launchMs + 3_600_000 })
    expect(() => buildSiteReport(early, early.sites[0]!.site, [])).toThrow(RefusedError)
  })

  it('given a site that takes no part, when asked for, then those are named that do', () => {
    expect(() => buildSiteReport(whole, 'X', [])).toThrow(InputError)
    expect(() => buildSiteReport(whole, 'X', [])).toThrow(name)
  })
})

const rules: Report['rules'] = sampleRubric
const [first] = whole.sites
function scored(expectation: string, change: Partial<Score>): Score {
  const rule = sampleRubric.expectations.find(({ id }) => id === expectation)!
  const score = first!.scores.find((one) => one.expectation === expectation)!
  return { ...score, title: rule.title, mandatory: false, light: 'red', points: 0, reason: 'nothing came', ...change }
}
const ids = sampleRubric.expectations.map(({ id }) => id)

describe('what a site can improve', () => {
  it('given lights of all colours, when told, then mandatory red comes first, then red, amber, and what it could have made known', () => {
    const scores = [
      scored(ids[0]!, { light: 'grey', points: null, reason: 'the job fell silent, and nothing tells who ended it' }),
      scored(ids[1]!, { light: 'amber', points: 1, reason: 'an amber one' }),
      scored(ids[2]!, { reason: 'a red one' }),
      scored(ids[3]!, { mandatory: true, reason: 'a mandatory one' }),
      scored(ids[0]!, { light: 'green', reason: 'a green one' }),
    ]
    const words = improvements({ scores }, rules)
    expect(words.map((one) => /(an? \w+ one|fell silent)/.exec(one)?.[1])).toEqual([
      'a mandatory one',
      'a red one',
      'an amber one',
      'fell silent',
    ])
  })

  it.each(['the run was stopped before the deadline', 'the job was never seen to start', 'no alert went out', 'the alert was refused'])(
    'given a grey light as %s, when told, then the site is not blamed',
    (reason) => {
      expect(improvements({ scores: [scored(ids[0]!, { light: 'grey', points: null, reason })] }, rules)).toEqual([])
    },
  )

  it('given every site of a run, when told, then each red and amber light has its sentence, and a bounced alert one that helps', () => {
    for (const { scores } of whole.sites) {
      const bad = scores.filter(({ light }) => light === 'red' || light === 'amber')
      const words = improvements({ scores }, rules)
      for (const { title, reason } of bad) expect(words.join('\n')).toContain(`${title}: ${reason}`)
      expect(words.length).toBeGreaterThanOrEqual(bad.length)
    }
    const bounced = whole.sites.find(({ scores }) => scores.some(({ reason }) => reason === 'the alert bounced'))!
    expect(improvements(bounced, rules)).toEqual([expect.stringContaining('Have the security contact in GOCDB corrected')])
  })

  it('given a rule with a time, when told, then the sentence names it', () => {
    const rule = sampleRubric.expectations.find(({ evidence }) => evidence === 'human-reply')!
    expect(improvements({ scores: [scored(rule.id, {})] }, rules)[0]).toMatch(/answer the alert within \d+ h/)
  })
})
