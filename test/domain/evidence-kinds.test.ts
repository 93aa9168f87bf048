import { describe, expect, it } from 'vitest'
import { Rubric, type SiteEvidence } from '../../core/domain/rubric.ts'
import { accepted, answer, begun, hoursLater, type Line, line, mail, note, scored, signal, started } from './one-site.ts'
import { received } from './sample-behaviours.ts'
import { sampleRubric, sampleScenario } from './sample-run.ts'
import { plannedSite } from './sample-sites.ts'

type Wish = { evidence: SiteEvidence; startsAt?: 'alert' | 'containment' | 'question'; full?: number; lateUntil?: string }

/** One expectation of 10 points within a day, late until the third. */
function rubricOf({ evidence, startsAt = 'alert', full, lateUntil = '3d' }: Wish): Rubric {
  const { expectations: _, parties: __, ...rest } = sampleRubric
  const about = { id: 'x', title: 'x', category: 'communication', points: 10, within: '1d', question: 'q1', source: 'a test' }
  const one = { ...about, lateUntil, startsAt, evidence, ...(full === undefined ? {} : { full }) }
  return Rubric.parse({ ...rest, expectations: [one] })
}

function judged(wish: Wish, lines: Line[], more: Parameters<typeof scored>[0]['run'] = {}) {
  const { light, points, reason } = scored({ lines, run: { ...more, rubric: rubricOf(wish) } }).scores[0]!
  return { light, points, reason }
}

const day = 24
const mailAt = (hours: number, change: Parameters<typeof received>[2]) => received(plannedSite(), hoursLater(hours), change)
const question = (hours: number) =>
  line(hours, {
    type: 'MailAccepted',
    data: { effect: 'q', mail: 'question', letter: 'question-q1', role: 'site', messageId: 'q', answer: '250' },
  })
const answered = (hours: number, verdict: 'right' | 'wrong' | 'for a person' = 'right') =>
  mailAt(hours, { answers: 'question', letter: 'question-q1', graded: { question: 'q1', verdict, why: 'the key' } })
const bounced = (hours: number) => mailAt(hours, { kind: 'bounce', answers: 'question', letter: 'question-q1' })

describe('a question', () => {
  const wish: Wish = { evidence: 'question', startsAt: 'question' }

  it('given a right, a wrong and an open answer, when judged, then green, red, and grey until a person said', () => {
    expect(judged(wish, [...begun(), question(5), answered(6)])).toMatchObject({ light: 'green', points: 10 })
    expect(judged(wish, [...begun(), question(5), answered(6, 'wrong')])).toMatchObject({ light: 'red', points: 0 })
    expect(judged(wish, [...begun(), question(5), answered(6, 'for a person')])).toMatchObject({ light: 'grey', points: null })
  })

  it('given an open answer that came too late to be worth anything, when judged, then nobody need read it', () => {
    expect(judged(wish, [...begun(), question(5), answered(5 + 4 * day, 'for a person')])).toMatchObject({ light: 'red', points: 0 })
  })

  it('given a question that was sent back, when judged, then it is not known, and nothing is held against the site', () => {
    for (const startsAt of ['question', 'alert'] as const)
      expect(judged({ ...wish, startsAt }, [...begun(), question(5), bounced(5.1)], { endedMs: hoursLater(900) })).toMatchObject({
        light: 'grey',
      })
  })

  it('given one that was sent back and yet answered, when judged, then the answer counts', () => {
    expect(judged(wish, [...begun(), question(5), bounced(5.1), answered(6)])).toMatchObject({ light: 'green' })
    expect(judged({ evidence: 'answers' }, [...begun(), question(5), bounced(5.1), answered(6)])).toMatchObject({ light: 'green' })
  })

  it('given one that was never asked, when the run is over, then it is grey', () => {
    expect(judged({ evidence: 'question' }, begun(), { endedMs: hoursLater(900) })).toMatchObject({ light: 'grey' })
    expect(judged({ evidence: 'question' }, begun())).toMatchObject({ light: 'pending' })
  })
})

describe('the depth of a contact', () => {
  const wish: Wish = { evidence: 'depth', full: 5 }
  const machine = mailAt(0.1, { kind: 'automatic' })

  it('given a machine in time and a person who is late, when judged, then it is the person who answers: late, and not red', () => {
    expect(judged(wish, [...begun(), machine])).toMatchObject({ light: 'red', points: 4 })
    expect(judged(wish, [...begun(), machine, mailAt(30, { depth: 'trivial' })])).toMatchObject({ light: 'amber', points: 4 })
  })

  it('given an alert that was refused by the other side, when judged, then that is depth 0; by our own gate, then it is not known', () => {
    expect(judged(wish, [...started(), mail('MailRefused')])).toMatchObject({ light: 'red', points: 0 })
    const gate = line(0, {
      type: 'MailRefused',
      data: { effect: 'e', mail: 'alert', letter: 'alert', role: 'site', by: 'gate', reason: 'x' },
    })
    expect(judged(wish, [...started(), gate])).toMatchObject({ light: 'grey' })
    expect(judged({ evidence: 'human-reply' }, [...started(), mail('MailRefused')])).toMatchObject({ light: 'grey' })
  })

  it('given an answer to an invitation alone, when judged, then the alert was not answered', () => {
    expect(judged(wish, [...begun(), mailAt(-9, { answers: 'invitation', depth: 'investigates' })])).toMatchObject({
      light: 'red',
      points: 2,
    })
  })
})

describe('that the VO was told', () => {
  const told = { told: ['vo-cms'] }

  it('given a mail of the site with the VO in copy, when judged, then it counts; of a machine or of the NGI, then not', () => {
    expect(judged({ evidence: 'vo-contacted' }, [...begun(), mailAt(2, told)])).toMatchObject({ light: 'green' })
    expect(judged({ evidence: 'vo-contacted' }, [...begun(), mailAt(2, { ...told, kind: 'automatic' })])).toMatchObject({ light: 'red' })
    expect(judged({ evidence: 'vo-contacted' }, [...begun(), mailAt(2, { ...told, role: 'ngi' })])).toMatchObject({ light: 'red' })
    expect(judged({ evidence: 'vo-contacted' }, [...begun(), mailAt(2, { told: ['FR-OAK-01'] })])).toMatchObject({ light: 'red' })
  })
})

describe('what is seen elsewhere', () => {
  const downtime = (hours: number) =>
    line(hours, {
      type: 'DowntimeSeen',
      data: { id: 'd', declaredMs: hoursLater(hours), startMs: hoursLater(hours), endMs: hoursLater(hours + 1), severity: 'OUTAGE' },
    })
  const hosts = (hours: number, vulnerable: boolean) => {
    const tagged = vulnerable ? [{ cve: 'CVE-2099-1', tag: 'Critical', hosts: 1 }] : []
    return line(hours, { type: 'PackagesSeen', data: { hosts: 2, reportedMs: hoursLater(hours), vulnerable: tagged, words: '' } })
  }
  const certified = (hours: number, now: string) =>
    line(hours + 1, { type: 'CertificationSeen', data: { before: 'Suspended', now, changedMs: hoursLater(hours) } })

  it('given a downtime within a day of the isolation, when judged, then green; one of before the alert is no answer', () => {
    const wish: Wish = { evidence: 'downtime', startsAt: 'containment' }
    expect(judged(wish, [...begun(), signal(20), downtime(40)])).toMatchObject({ light: 'green' })
    expect(judged(wish, [...begun(), signal(20), downtime(50)])).toMatchObject({ light: 'amber' })
    expect(judged(wish, [...begun(), signal(20), downtime(-2)])).toMatchObject({ light: 'red' })
    expect(judged(wish, [...begun(), downtime(3)])).toMatchObject({ light: 'pending', points: null })
  })

  it('given hosts that report, when something tagged is left, then it is half; when nothing is, then all', () => {
    expect(judged({ evidence: 'packages' }, [...begun(), hosts(2, true)])).toMatchObject({ light: 'amber', points: 5 })
    expect(judged({ evidence: 'packages' }, [...begun(), hosts(2, true), hosts(9, false)])).toMatchObject({ light: 'green', points: 10 })
    expect(judged({ evidence: 'packages' }, [...begun(), hosts(2, true), hosts(30, false)])).toMatchObject({ points: 5 })
  })

  it('given a site of which Pakiti names no host, when judged, then a person has to look: not red, and green when one did', () => {
    const none = line(2, { type: 'PackagesSeen', data: { hosts: 0, reportedMs: 0, vulnerable: [], words: '' } })
    const noted = line(8, { type: 'OfficerNoted', data: { by: 'x', text: 'x', fulfils: 'packages', happenedMs: hoursLater(7) } })
    const wish: Wish = { evidence: 'packages' }
    const grey = { light: 'grey', points: null, reason: expect.stringContaining('Pakiti names no host') }
    expect(judged(wish, [...begun(), none])).toEqual(grey)
    expect(judged(wish, begun())).toMatchObject({ light: 'grey', points: null })
    expect(judged(wish, [...begun(), none, noted])).toMatchObject({ light: 'green', points: 10 })
    expect(judged(wish, [...begun(), none, hosts(9, true)])).toMatchObject({ light: 'amber', points: 5 })
    expect(judged(wish, [...begun(), hosts(-9, true)])).toMatchObject({ light: 'red' })
  })

  it('given an assessment that no officer wrote, when judged, then it is not known, as it is not the part of the site', () => {
    expect(judged({ evidence: 'assessed' }, begun())).toMatchObject({ light: 'grey', points: null })
  })

  it('given a certification, when judged, then only that it is certified counts, by the time that GOCDB tells', () => {
    expect(judged({ evidence: 'certified' }, [...begun(), certified(23.5, 'Certified')])).toMatchObject({ light: 'green' })
    expect(judged({ evidence: 'certified' }, [...begun(), certified(2, 'Suspended')])).toMatchObject({ light: 'red' })
  })

  it('given a positive assessment of an officer, when judged, then it counts from when it was given', () => {
    expect(
      judged({ evidence: 'assessed' }, [
        ...begun(),
        line(3, { type: 'OfficerNoted', data: { by: 'x', text: 'x', fulfils: 'assessed', happenedMs: hoursLater(2) } }),
      ]),
    ).toMatchObject({ light: 'green' })
  })
})

describe('without a job', () => {
  const { job: _, ...scenario } = sampleScenario

  it('given a rubric that asks for containment, when it is compared by that, then it is not known, and no red light', () => {
    const { scores } = scored({ lines: [accepted()], run: { scenario } })
    expect(scores.find(({ expectation }) => expectation === 'contained')).toMatchObject({
      light: 'grey',
      points: null,
      reason: 'no job was sent, so there was nothing to contain',
    })
  })

  it('given an alert and no agent, when a site is silent, then it is red, and not grey for a job that never was', () => {
    expect(judged({ evidence: 'human-reply' }, [accepted()], { scenario })).toMatchObject({ light: 'red' })
    expect(judged({ evidence: 'human-reply' }, [accepted()], { scenario: sampleScenario })).toMatchObject({ light: 'grey' })
    expect(judged({ evidence: 'contained' }, [accepted(), note('contained', 2, hoursLater(3))], { scenario })).toMatchObject({
      light: 'green',
    })
  })
})

describe('a rubric whose last moment lies before its deadline', () => {
  it('given an answer in time, when judged, then it is in time', () => {
    expect(judged({ evidence: 'human-reply', lateUntil: '2h' }, [...begun(), answer(5)])).toMatchObject({ light: 'green', points: 10 })
  })
})
