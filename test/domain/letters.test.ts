import { describe, expect, test } from 'vitest'
import { foldChallenge } from '../../core/domain/challenge.ts'
import { isStillNeeded, lettersOf } from '../../core/domain/letters.ts'
import type { PlannedSite } from '../../core/domain/plan.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import { launchedRun } from './launched-run.ts'
import { came, logged, named, type Told, trail } from './letter-facts.ts'
import { aSite } from './sites.ts'

const HOUR_MS = 3_600_000
const at = (iso: string) => Date.parse(iso)
/** A Friday; at work from 8 to 16 in UTC, and the Monday after it is a holiday. */
const friday = at('2027-01-15T15:00:00Z')
const holidays = ['2027-01-18']
const ngi = { role: 'ngi', name: 'NGI_DE', address: 'csirt@ngi-de.example', timeZone: 'Europe/Berlin', country: 'DE' }
const mails = {
  acknowledge: true,
  remindAfter: 4 * HOUR_MS,
  escalateAfter: 24 * HOUR_MS,
  reportAfter: 48 * HOUR_MS,
  answerWithin: 4 * HOUR_MS,
}

type Setting = {
  site?: Partial<PlannedSite>
  parties?: object[]
  mails?: Partial<LaunchedRun['scenario']['mails']>
  alertAnyTime?: boolean
}

function due(facts: Told[], { site = {}, parties = [ngi], mails: over = {}, alertAnyTime = false }: Setting = {}) {
  const run = launchedRun({ sites: [aSite('DE-ONE')], run: { parties, alertAnyTime } })
  const planned = { ...run.plan.sites[0]!, manager: 'head@de-one.example', holidays, ...site }
  const scenario = { ...run.scenario, mails: { ...mails, ...over } }
  const letters = lettersOf({ ...run, scenario }, { site: planned, state: foldChallenge(logged(facts)), started: friday - HOUR_MS })
  return Object.fromEntries(letters.map((one) => [one.letter, new Date(one.due).toISOString().slice(0, 16)]))
}

const alerted = trail('accepted', named('alert'), friday)
const question = trail('accepted', named('question-1', { mail: 'question' }), friday)

describe('the letters that a run calls for', () => {
  test('given no alert that was taken, then the alert alone, in the working hours of the site', () => {
    expect(due([])).toEqual({ alert: '2027-01-15T14:00' })
    expect(due([trail('refused', named('alert'), friday)])).toEqual({ alert: '2027-01-15T14:00' })
  })

  test('given an alert on a Friday afternoon, then what follows waits for the first working hour after weekend and holiday', () => {
    expect(due([alerted])).toEqual({
      alert: '2027-01-15T14:00',
      reminder: '2027-01-19T08:00',
      'escalation-manager': '2027-01-19T08:00',
      'escalation-ngi': '2027-01-19T08:00',
      'report-request': '2027-01-19T08:00',
    })
  })

  test('given a run that alerts at any time, then nothing waits', () => {
    expect(due([alerted], { alertAnyTime: true })).toMatchObject({
      reminder: '2027-01-15T19:00',
      'escalation-ngi': '2027-01-16T15:00',
      'report-request': '2027-01-17T15:00',
    })
  })

  test('given an answer by a person, then it is acknowledged at once, and once; a machine is not thanked, nor where the scenario says no', () => {
    const answers = [came('a', { kind: 'automatic' }, friday + 1), came('b', {}, friday + 120_000), came('c', {}, friday + 60_000)]
    expect(due([alerted, ...answers]).acknowledgement).toBe('2027-01-15T15:01')
    expect(due([alerted, answers[0]!])).not.toHaveProperty('acknowledgement')
    expect(due([alerted, ...answers], { mails: { acknowledge: false } })).not.toHaveProperty('acknowledgement')
  })

  test('given a scenario with a closing and without an escalation, then so it is', () => {
    const { escalateAfter: _, ...rest } = mails
    const run = launchedRun({ sites: [aSite('DE-ONE')], run: { parties: [ngi] } })
    const scenario = { ...run.scenario, mails: { ...rest, closeAfter: 96 * HOUR_MS } }
    const letters = lettersOf({ ...run, scenario }, { site: run.plan.sites[0]!, state: foldChallenge(logged([alerted])), started: friday })
    expect(letters.map((one) => one.letter)).toEqual(['alert', 'reminder', 'report-request', 'closing'])
    expect(letters.at(-1)?.due).toBe(at('2027-01-19T15:00:00Z'))
  })
})

describe('a positive assessment', () => {
  const data = { by: 'x', text: 'x', fulfils: 'assessed' as const, happenedMs: friday }
  const noted: Told = { type: 'OfficerNoted', data, when: friday + 60_000 }
  const letters = (facts: Told[], evidence: 'assessed' | 'contained') => {
    const run = launchedRun({ sites: [aSite('DE-ONE')], run: { parties: [ngi] } })
    const expectations = run.rubric.expectations.map((one) => ({ ...one, evidence }))
    const launched = { ...run, rubric: { ...run.rubric, expectations } }
    const due = lettersOf(launched, { site: run.plan.sites[0]!, state: foldChallenge(logged(facts)), started: friday })
    return due.filter(({ mail }) => mail === 'assessment').map(({ role, due }) => ({ role, due }))
  }

  test('given an officer who noted it, when the rubric asks for it, then the site and its NGI are told; else nobody is', () => {
    expect(letters([alerted, noted], 'assessed')).toEqual([
      { role: 'site', due: friday + 60_000 },
      { role: 'ngi', due: friday + 60_000 },
    ])
    expect(letters([alerted], 'assessed')).toEqual([])
    expect(letters([alerted, noted], 'contained')).toEqual([])
  })
})

describe('whom an escalation goes to', () => {
  const rolesOf = (setting: Setting) => Object.keys(due([alerted], setting)).filter((name) => name.startsWith('escalation'))

  test.each<[string, Setting, string[]]>([
    ['a management of its own and a known NGI', {}, ['escalation-manager', 'escalation-ngi']],
    ['the same address for both', { site: { manager: 'csirt@de-one.example' } }, ['escalation-ngi']],
    ['an NGI that is the site itself', { parties: [{ ...ngi, address: 'CSIRT@de-one.example' }] }, ['escalation-manager']],
    ['an NGI without a contact', { parties: [] }, ['escalation-manager']],
    ['another NGI alone', { parties: [{ ...ngi, name: 'NGI_FR' }] }, ['escalation-manager']],
    ['a VO of the name of the NGI', { parties: [{ ...ngi, role: 'vo' }] }, ['escalation-manager']],
  ])('given %s', (_name, setting, expected) => expect(rolesOf(setting)).toEqual(expected))

  test('given no management in the plan, then the NGI alone', () => {
    const run = launchedRun({ sites: [aSite('DE-ONE')], run: { parties: [ngi] } })
    const letters = lettersOf(run, { site: run.plan.sites[0]!, state: foldChallenge(logged([alerted])), started: friday })
    expect(letters.filter((one) => one.mail === 'escalation').map((one) => one.role)).toEqual(['ngi'])
  })
})

describe("a question's own clock", () => {
  test('given four working hours over a weekend and a holiday, then the reminder, and after as long again the NGI, and it alone', () => {
    const letters = due([alerted, question])
    // One hour on Friday, three on Tuesday; then four more.
    expect(letters['reminder-question-1']).toBe('2027-01-19T11:00')
    expect(letters['escalation-ngi-question-1']).toBe('2027-01-19T15:00')
    expect(letters).not.toHaveProperty('escalation-manager-question-1')
  })

  test('given no NGI, then the reminder alone; a question to somebody else, or one that was not taken, has neither', () => {
    expect(Object.keys(due([alerted, question], { parties: [] })).filter((name) => name.includes('question'))).toEqual([
      'reminder-question-1',
    ])
    const toNgi = trail('accepted', named('question-2', { mail: 'question', role: 'ngi' }), friday)
    const unsent = trail('refused', named('question-3', { mail: 'question' }), friday)
    expect(Object.keys(due([alerted, toNgi, unsent])).filter((name) => name.includes('question'))).toEqual([])
  })
})

describe('whether a letter is still needed', () => {
  const needed = (
    mail: 'alert' | 'reminder' | 'escalation' | 'report-request' | 'question' | 'acknowledgement' | 'stopped',
    facts: Told[],
    about = 'alert',
  ) => isStillNeeded({ mail, about }, foldChallenge(logged(facts)))
  const person = came('a', {}, friday + 10)
  const bounce = came('b', { kind: 'bounce' }, friday + 5)

  test('given an answer by a person, then neither a reminder nor an escalation; a machine changes nothing', () => {
    for (const mail of ['reminder', 'escalation'] as const) {
      expect(needed(mail, [alerted])).toBe(true)
      expect(needed(mail, [alerted, came('c', { kind: 'automatic' }, friday + 5)])).toBe(true)
      expect(needed(mail, [alerted, person])).toBe(false)
      const judged: Told = { type: 'MailJudged', data: { contentHash: 'a', kind: 'automatic', by: 'Ada' }, when: friday + 20 }
      expect(needed(mail, [alerted, person, judged])).toBe(true)
    }
  })

  test('given a bounce, then nobody is reminded, but the escalation goes on', () => {
    expect(needed('reminder', [alerted, bounce])).toBe(false)
    expect(needed('report-request', [alerted, bounce])).toBe(false)
    expect(needed('escalation', [alerted, bounce])).toBe(true)
    expect(needed('stopped', [alerted, bounce])).toBe(true)
  })

  test("given a bounce, then the scenario's questions are not asked, and an officer's own is", () => {
    const state = foldChallenge(logged([alerted, bounce]))
    expect(isStillNeeded({ mail: 'question', about: 'alert' }, state)).toBe(false)
    expect(isStillNeeded({ mail: 'question' }, state)).toBe(true)
  })

  test('given an answer from before a question was asked, then the question is still open; one from after it closes it', () => {
    const asked = trail('accepted', named('question-1', { mail: 'question' }), friday + 100)
    expect(needed('reminder', [alerted, person, asked], 'question-1')).toBe(true)
    const later = came('d', { answers: 'question', letter: 'question-1' }, friday + 200)
    expect(needed('reminder', [alerted, person, asked, later], 'question-1')).toBe(false)
    expect(needed('escalation', [alerted, person, asked, later], 'question-1')).toBe(false)
  })

  test('given an alert that was taken, or a report that came, then neither is asked for again', () => {
    expect(needed('alert', [trail('refused', named('alert'), friday)])).toBe(true)
    expect(needed('alert', [alerted])).toBe(false)
    const report: Told = {
      type: 'ReportReceived',
      data: { via: 'form', contentHash: 'r', receipt: 'r', grade: {}, evidence: [] },
      when: friday + 30,
    }
    expect(needed('report-request', [alerted])).toBe(true)
    expect(needed('report-request', [alerted, report])).toBe(false)
  })

  test('given an alert that came back and was sent anew, then what follows it begins anew, and the first of it is needed no longer', () => {
    const resent = [trail('resent', named('alert'), friday + 50), trail('accepted', named('alert'), friday + 60)]
    const state = foldChallenge(logged([alerted, bounce, ...resent]))
    expect(isStillNeeded({ mail: 'reminder', about: 'alert', again: 3 }, state)).toBe(true)
    expect(isStillNeeded({ mail: 'reminder', about: 'alert' }, state)).toBe(false)
  })
})
