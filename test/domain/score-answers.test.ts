import { describe, expect, it } from 'vitest'
import { Rubric } from '../../core/domain/rubric.ts'
import { begun, hoursLater, type Line, line, scored } from './one-site.ts'
import { received } from './sample-behaviours.ts'
import { sampleRubric } from './sample-run.ts'
import { plannedSite } from './sample-sites.ts'

const { expectations: _, parties: __, ...rest } = sampleRubric
const about = { id: 'answers', title: 'x', category: 'communication', points: 12, within: '4h', lateUntil: '2d', source: 'a test' }
const rubric = Rubric.parse({ ...rest, expectations: [{ ...about, clock: 'working', evidence: 'answers' }] })

/** The alert is at 10:00 of a Monday at the site: 7 working hours are left of the day. */
const asked = (hours: number, id = 'q1'): Line =>
  line(hours, {
    type: 'MailAccepted',
    data: { effect: id, mail: 'question', letter: `question-${id}`, role: 'site', messageId: id, answer: '250' },
  })
const mailAt = (hours: number, id: string, kind: 'human' | 'automatic' | 'bounce' = 'human') =>
  received(plannedSite(), hoursLater(hours), { answers: 'question', letter: `question-${id}`, kind })

const judged = (lines: Line[], more: { asOf?: number; endedMs?: number } = {}) => {
  const { asOf, ...run } = more
  return scored({ lines: [...begun(), ...lines], run: { rubric, ...run }, ...(asOf === undefined ? {} : { asOf }) }).scores[0]!
}

describe('the questions of a challenge, each by its own clock', () => {
  it('given answers within four working hours, also over night, when judged, then all is green', () => {
    expect(judged([asked(1), mailAt(4.9, 'q1')])).toMatchObject({ light: 'green', points: 12 })
    expect(judged([asked(5), mailAt(24.5, 'q1')])).toMatchObject({ light: 'green', points: 12, deadline: hoursLater(25) })
    expect(judged([asked(5), mailAt(25.1, 'q1')])).toMatchObject({ light: 'amber', points: 6 })
  })

  it('given one in time and one never answered, when judged, then each has its share, and both are told', () => {
    const score = judged([asked(1), mailAt(2, 'q1'), asked(3, 'q2')])
    expect(score).toMatchObject({ light: 'amber', points: 6, reason: 'q1: in time after 1 h; q2: not answered' })
    expect(score.evidence).toHaveLength(3)
  })

  it('given one that is still open, when judged, then it is pending, and not before the last deadline is it known', () => {
    expect(judged([asked(1), mailAt(2, 'q1'), asked(30, 'q2')], { asOf: hoursLater(31) })).toMatchObject({ light: 'pending', points: null })
  })

  it('given the answer of a machine, when judged, then nobody answered', () => {
    expect(judged([asked(1), mailAt(1.1, 'q1', 'automatic')])).toMatchObject({ light: 'red', points: 0 })
  })

  it('given an answer before a second one, when judged, then the first counts', () => {
    expect(judged([asked(1), mailAt(90, 'q1'), mailAt(2, 'q1')])).toMatchObject({ light: 'green' })
  })

  it('given a question that was sent back, when judged, then the others count alone; with an answer it counts itself', () => {
    const lines = [asked(1), mailAt(2, 'q1'), asked(1, 'q2'), mailAt(1.1, 'q2', 'bounce')]
    expect(judged(lines)).toMatchObject({ light: 'green', points: 12 })
    expect(judged([...lines, mailAt(90, 'q2')])).toMatchObject({ light: 'amber', points: 9 })
  })

  it('given the end of the run before the deadline, when nothing came, then it is not known; without a question, then neither', () => {
    expect(judged([asked(1)], { endedMs: hoursLater(2) })).toMatchObject({ light: 'grey', points: null })
    expect(judged([], { endedMs: hoursLater(2) })).toMatchObject({ light: 'grey', reason: 'no question was asked' })
    expect(judged([])).toMatchObject({ light: 'pending', reason: 'no question was asked yet' })
  })
})
