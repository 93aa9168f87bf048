import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REPORT_FORMAT } from '../../core/domain/common-report.ts'
import type { FieldVerdict } from '../../core/domain/event.ts'
import { explainSite } from '../../core/domain/explain.ts'
import { gradeReport } from '../../core/domain/grade-report.ts'
import { scoreSite } from '../../core/domain/score.ts'
import {
  accepted,
  answer,
  begun,
  hoursLater,
  type Line,
  label,
  lightsOf,
  line,
  mail,
  note,
  report,
  scored,
  signal,
  started,
} from './one-site.ts'
import { received } from './sample-behaviours.ts'
import { busyChallenges, sampleRubric } from './sample-run.ts'
import { plannedSite, sampleKey } from './sample-sites.ts'

const hour = 3_600_000
const form = { identity: 'right', jobs: 'right', hosts: 'right', contained: 'right', actions: 'right' } as const

describe('the lights of a site', () => {
  it('given a good answer to everything, when scored, then all is green with all points', () => {
    const score = scored({ lines: [...begun(), answer(1), signal(5), report(12 * 24, form)] })
    expect(lightsOf(score.scores)).toEqual({ 'heads-up': 'green', contained: 'green', closure: 'green', 'closure-content': 'green' })
    expect(score.scores.map((s) => s.points)).toEqual([40, 40, 20, 20])
    expect(score).toMatchObject({ overall: 'green', coverage: { known: 4, of: 4 }, times: { headsUp: hour, containment: 5 * hour } })
  })

  it('given an answer at the deadline, a moment later and after the last moment, when scored, then green, amber and red', () => {
    const headsUp = (ms: number) => scored({ lines: [...begun(), received(plannedSite(), hoursLater(0) + ms, {})] }).scores[0]!
    expect(headsUp(4 * hour)).toMatchObject({ light: 'green', points: 40 })
    expect(headsUp(4 * hour + 1)).toMatchObject({ light: 'amber', points: 20 })
    expect(headsUp(24 * hour)).toMatchObject({ light: 'amber', points: 20 })
    expect(headsUp(24 * hour + 1)).toMatchObject({ light: 'red', points: 0, reason: 'too late: 1 d after the alert' })
  })

  it('given silence, when scored before and after the deadlines, then pending turns red, with the delivery as evidence', () => {
    expect(scored({ lines: begun(), asOf: hoursLater(4) })).toMatchObject({ overall: 'pending', coverage: { known: 0, of: 4 } })
    const late = scored({ lines: begun(), asOf: hoursLater(4) + 1 })
    expect(lightsOf(late.scores)).toMatchObject({ 'heads-up': 'red', contained: 'pending' })
    expect(late.overall).toBe('red')
    expect(late.scores[0]?.evidence.map((e) => e.words)).toContain("The other side's mail server took the alert")
  })

  it('given an automatic answer only, when scored, then it is named and does not count', () => {
    const score = scored({ lines: [...begun(), received(plannedSite(), hoursLater(0.1), { kind: 'automatic' })] }).scores[0]!
    expect(score.light).toBe('red')
    expect(score.evidence.at(-1)?.words).toContain('An automatic answer')
  })

  it('given a call that an officer noted later, when scored, then the time of the call counts', () => {
    const score = scored({ lines: [...begun(), note('heads-up', 3, hoursLater(9))] }).scores[0]!
    expect(score).toMatchObject({ light: 'green', evidence: [{ at: hoursLater(3) }] })
  })

  it('given a reply to the request for the report only, when scored, then it is a closure, and a heads-up that comes too late', () => {
    const request = received(plannedSite(), hoursLater(300), { answers: 'report-request' })
    expect(lightsOf(scored({ lines: [...begun(), request] }).scores)).toMatchObject({ 'heads-up': 'red', closure: 'green' })
  })
})

describe('not known is not red', () => {
  const cases: [string, Line[]][] = [
    ['the alert bounced', [...begun(), received(plannedSite(), hoursLater(0.1), { kind: 'bounce' }), signal(2)]],
    ['the alert was refused', [...started(), mail('MailRefused')]],
    ['it is not known whether the alert went out', [...started(), mail('MailUnsure')]],
    ['the job was never seen to start', [accepted()]],
    ['the job was refused, so no alert went out', [line(0, { type: 'JobRefused', data: { effect: 'e', by: 'other side', reason: 'no' } })]],
  ]
  it.each(cases)('given that %s, when scored, then all is grey and says why', (reason, lines) => {
    const score = scored({ lines, run: { endedMs: hoursLater(47 * 24) } })
    expect(score.scores.map((s) => [s.light, s.points, s.reason])).toEqual(score.scores.map(() => ['grey', null, reason]))
    expect(score).toMatchObject({ overall: 'grey', coverage: { known: 0, of: 4 } })
  })

  it('given a bounce and a person who answered the alert, when scored, then the alert was delivered', () => {
    const lines = [...begun(), received(plannedSite(), hoursLater(0.1), { kind: 'bounce' }), answer(1)]
    expect(lightsOf(scored({ lines }).scores)).toMatchObject({ 'heads-up': 'green', contained: 'red' })
  })

  it('given a job system that says running, when an officer confirms it, then it counts as started', () => {
    const running = line(-0.5, { type: 'JobStateSeen', data: { state: 'running', native: 'R' } })
    expect(scored({ lines: [running, accepted()] }).scores[0]?.light).toBe('grey')
    expect(scored({ lines: [running, accepted(), note('started', -0.4, hoursLater(1))] }).scores[0]?.light).toBe('red')
  })

  it('given a run that was stopped, when deadlines lie after the stop, then they are grey and those before keep their light', () => {
    const score = scored({ lines: begun(), run: { stopped: { at: hoursLater(10) } } })
    expect(lightsOf(score.scores)).toEqual({ 'heads-up': 'red', contained: 'grey', closure: 'grey', 'closure-content': 'grey' })
    expect(score.scores[1]?.reason).toBe('the run was stopped before the deadline')
  })

  it('given our outage over the deadline, when scored, then the deadline moves by it and the answer is in time', () => {
    const run = { outages: [{ fromMs: hoursLater(3), untilMs: hoursLater(5) }] }
    expect(scored({ lines: [...begun(), answer(5.5)], run }).scores[0]).toMatchObject({ light: 'green', deadline: hoursLater(6) })
  })

  it('given a downtime of the site, when it was declared before the alert, then it pauses the clock; after it, not', () => {
    const headsUp = (declaredMs: number) => {
      const site = { downtimes: [{ declaredMs, startMs: hoursLater(1), endMs: hoursLater(11) }] }
      return scored({ lines: [...begun(), answer(13)], site }).scores[0]?.light
    }
    expect([headsUp(hoursLater(0) - 1), headsUp(hoursLater(0))]).toEqual(['green', 'amber'])
  })
})

describe('containment', () => {
  const light = (...lines: Line[]) => scored({ lines: [...begun(), ...lines] }).scores[1]?.light
  const cancelled = (hours: number) => line(hours, { type: 'JobStateSeen', data: { state: 'cancelled', native: 'KILLED' } })
  const cancelByUs = (hours: number) => line(hours, { type: 'JobCancelRequested', data: { effect: 'e', nativeId: 'n' } })
  const probe = (hours: number, attacker: 'refused' | 'unknown' | 'unreachable', control: 'accepted' | 'refused' | 'unknown') =>
    line(hours, { type: 'AccessChanged', data: { attacker, control, service: 's', words: '' } })

  it('given a cancelled job, when we did not ask, then it is contained; when we asked before, it is not known', () => {
    expect(light(cancelled(3))).toBe('green')
    expect(light(cancelled(3), cancelByUs(4))).toBe('green')
    expect(light(cancelByUs(2), cancelled(3))).toBe('grey')
    expect(light(cancelByUs(2), signal(2.1))).toBe('grey')
  })

  it('given a refused identity, when the control identity is accepted, then it is a ban, else it is nothing', () => {
    expect(light(probe(3, 'refused', 'accepted'))).toBe('green')
    expect(light(probe(3, 'refused', 'refused'))).toBe('red')
    expect(light(probe(3, 'refused', 'unknown'))).toBe('red')
    expect(light(probe(3, 'unreachable', 'accepted'))).toBe('red')
    expect(light(probe(3, 'unknown', 'unknown'))).toBe('red')
  })

  it('given a job that was stopped between its start and the alert, when scored, then it is contained', () => {
    expect(light(signal(-0.1))).toBe('green')
    expect(scored({ lines: [...begun(), signal(-0.1)] }).times.containment).toBe(0)
  })

  it('given a cancelled job that never ran, when scored, then it is not the site that stopped it', () => {
    expect(scored({ lines: [cancelled(-0.9), accepted()] }).scores[1]?.light).toBe('grey')
  })

  it('given lost heartbeats and nothing else, when scored, then it is not known; when they came back, it is red', () => {
    const lost = line(5, { type: 'AgentLost', data: { lastSeenMs: hoursLater(4) } })
    const back = line(7, { type: 'AgentBack', data: { silentMs: 3 * hour } })
    expect(light(lost)).toBe('grey')
    expect(light(lost, back)).toBe('red')
    expect(light(line(40, { type: 'AgentLost', data: { lastSeenMs: hoursLater(39) } }))).toBe('red')
  })

  it('given an agent that ended at its time, when it outlived the deadline, then red, else not known', () => {
    const expired = (hours: number) => line(hours, { type: 'AgentStopped', data: { reason: 'expired' } })
    expect([light(expired(30)), light(expired(20))]).toEqual(['red', 'grey'])
  })

  it('given a farewell after our full stop, when scored, then the stop is not the site’s doing', () => {
    const score = scored({ lines: [...begun(), signal(10.01)], run: { stopped: { at: hoursLater(10) } } })
    expect(score.scores[1]).toMatchObject({ light: 'grey', reason: 'the run was stopped before the deadline' })
  })
})

describe('the closure report', () => {
  const content = (grade: Record<string, FieldVerdict>, ...more: Line[]) =>
    scored({ lines: [...begun(), report(300, grade), ...more] }).scores[3]!

  it('given some of the facts, when graded, then the points go by their share and the reason names what is missing', () => {
    const missing = content({ ...form, hosts: 'missing' })
    expect(missing).toMatchObject({ light: 'amber', points: 16 })
    expect(missing.reason).toContain('not right or missing in the report: hosts (missing)')
    expect(content({ ...form, identity: 'wrong', jobs: 'wrong' })).toMatchObject({ light: 'amber', points: 12 })
    expect(content({ ...form, contained: 'partly' })).toMatchObject({ light: 'amber', points: 18 })
    expect(content({ hosts: 'missing', identity: 'wrong' })).toMatchObject({ light: 'red', points: 0 })
  })

  it('given what only a person can judge, and nothing to say of open questions, when graded, then neither costs points', () => {
    const grade = { ...form, containment: 'for a person', 'open-questions': 'missing', evidence: 'missing' } as const
    expect(content(grade)).toMatchObject({ light: 'green', points: 20 })
  })

  it('given the number of the job system for the job, when it stands alone, then it is right', () => {
    const key = { ...sampleKey(label), nativeId: '4711', hosts: [] }
    const jobs = (entry: string) => gradeReport({ format: REPORT_FORMAT, jobs: [entry] }, key).jobs.verdict
    expect(jobs('job 4711, queue grid')).toBe('right')
    expect(jobs('147110')).not.toBe('right')
  })

  it('given a full report after a poor one, when both came in time, then the better one counts', () => {
    expect(content({ ...form, hosts: 'wrong' }, report(400, form))).toMatchObject({ light: 'green', points: 20 })
  })

  it('given a report in an answer to the alert, when it has two of the fields, then it is a closure report', () => {
    const poor = { ...form, identity: 'missing', jobs: 'missing', contained: 'missing' } as const
    const lines = [...begun(), received(plannedSite(), hoursLater(30), {}), report(30, poor)]
    expect(lightsOf(scored({ lines }).scores)).toMatchObject({ closure: 'green', 'closure-content': 'amber' })
  })

  it('given a report that an officer noted, when graded, then its content is not known', () => {
    const score = scored({ lines: [...begun(), note('closure', 300, hoursLater(301))] })
    expect(lightsOf(score.scores)).toMatchObject({ closure: 'green', 'closure-content': 'grey' })
  })
})

describe('categories and the overall light', () => {
  it('given a red mandatory item, when all else is green, then it caps its category and the overall light', () => {
    const score = scored({ lines: [...begun(), answer(1), report(300, form)] })
    expect(score.categories.map((c) => c.light)).toEqual(['green', 'red', 'green'])
    expect(score.overall).toBe('red')
  })

  it('given red items that are not mandatory, when the rest is green, then the overall light is amber and the category red', () => {
    const score = scored({ lines: [...begun(), answer(1), signal(2)] })
    expect(score.categories[2]).toMatchObject({ category: 'forensics', light: 'red', points: 0, outOf: 40 })
    expect(score.overall).toBe('amber')
  })

  it('given a category that is not known, when the rest is green, then it is left out and coverage says so', () => {
    const lost = line(5, { type: 'AgentLost', data: { lastSeenMs: hoursLater(4) } })
    const score = scored({ lines: [...begun(), answer(1), lost, report(300, form)] })
    expect(score).toMatchObject({ overall: 'green', coverage: { known: 3, of: 4 } })
    expect(score.categories[1]).toMatchObject({ light: 'grey', points: 0, outOf: 0 })
  })
})

describe('any log', () => {
  it('given its facts in any order, when scored, then the score is the same', () => {
    const run = { rubric: sampleRubric, outages: [] }
    for (const events of busyChallenges({ sites: 12, eventsPerSite: 30 })) {
      const expected = scoreSite(events, run, hoursLater(60 * 24))
      fc.assert(
        fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
          expect(scoreSite(shuffled, run, hoursLater(60 * 24))).toEqual(expected)
        }),
        { numRuns: 20 },
      )
    }
  })

  it('given the same answers earlier, when scored, then no expectation has fewer points', () => {
    const hours = fc.integer({ min: 1, max: 1200 })
    const make = [
      answer,
      signal,
      (h: number) => report(h, form),
      (h: number) => report(h, { ...form, hosts: 'missing' }),
      (h: number) => note('contained', h, hoursLater(h)),
    ]
    const answers = fc.array(fc.record({ kind: fc.nat({ max: make.length - 1 }), late: hours, earlier: hours }), { maxLength: 5 })
    fc.assert(
      fc.property(answers, (all) => {
        const points = (time: (a: (typeof all)[number]) => number) =>
          scored({ lines: [...begun(), ...all.map((a) => make[a.kind]!(time(a)))] }).scores.map((s) => s.points ?? 0)
        const later = points((a) => a.late)
        const sooner = points((a) => Math.max(0.5, a.late - a.earlier))
        for (const [i, p] of sooner.entries()) expect(p).toBeGreaterThanOrEqual(later[i]!)
      }),
    )
  })

  it('given a site in a zone that does not exist, when scored and explained, then nothing breaks', () => {
    const score = scored({ lines: begun(), site: { timeZone: 'Mars/Olympus' } })
    expect(explainSite(score)).toContain('(2027-01-11 09:00:00 UTC)')
  })
})

describe('an explanation', () => {
  it('given a score, when explained, then each point has its rule, its reason and its evidence with its place in the log', () => {
    const text = explainSite(scored({ lines: [...begun(), answer(9)], site: { timeZone: 'Europe/Berlin' } }))
    expect(text).toContain('[AMBER]  A person answers the alert within 4 hours: 20 of 40 points')
    expect(text).toContain('Rule:     heads-up (communication, mandatory, up to 40 points)')
    expect(text).toContain('Deadline: 2027-01-11 14:00:00 +01:00 (2027-01-11 13:00:00 UTC)')
    expect(text).toMatch(
      /Evidence: 2027-01-11 19:00:00 \+01:00 .* A person answered the alert \(nothing says that a machine wrote it\) {2}\[challenge\/r\/DE-ALDER-01#\d+\]/,
    )
  })

  it('given a note that would move the cursor, when explained, then no control character is left', () => {
    const hostile = { ...note('heads-up', 1, hoursLater(2)) }
    const data = { by: 'x', text: 'a\u001b[2Jb\r\nEvidence: forged\u202e', fulfils: 'heads-up' as const, happenedMs: hoursLater(1) }
    const text = explainSite(scored({ lines: [...begun(), { ...hostile, fact: { type: 'OfficerNoted', data } }] }))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: just these must not be there
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u202e]/)
    expect(text).not.toMatch(/^Evidence: forged/m)
  })
})
