import { describe, expect, it } from 'vitest'
import type { ChallengeEvent } from '../../core/domain/event.ts'
import { foldParty, streamsOfParty } from '../../core/domain/party-log.ts'
import { PartyExpectation, Rubric, type SiteEvidence } from '../../core/domain/rubric.ts'
import type { ScoringRun } from '../../core/domain/score.ts'
import { scoreParty } from '../../core/domain/score-party.ts'
import { came, named } from './letter-facts.ts'
import { aParty, hoursAfter, scoreOf, told } from './one-party.ts'
import { accepted, answer, begun, hoursLater, type Line, line, scored, started } from './one-site.ts'
import { received } from './sample-behaviours.ts'
import { chain, sampleRubric, sampleScenario } from './sample-run.ts'
import { plannedSite } from './sample-sites.ts'

/** One expectation of 10 points within a day. */
function judged(evidence: SiteEvidence, lines: Line[], run: Partial<ScoringRun> = {}) {
  const { expectations: _, parties: __, ...rest } = sampleRubric
  const about = { id: 'x', title: 'x', category: 'communication', points: 10, within: '1d', question: 'q2', source: 'a test' }
  const rubric = Rubric.parse({ ...rest, expectations: [{ ...about, evidence }] })
  return scored({ lines, run: { ...run, rubric } }).scores[0]!
}

describe('a site that takes part no longer', () => {
  const { name, ngi } = plannedSite()
  const word = (of: { site: string } | { ngi: string }, hours: number, given = false) => ({ of, by: 'Eve', at: hoursLater(hours), given })
  const headsUp = (consents: ScoringRun['consents'] & {}) => judged('human-reply', begun(), { consents })

  it('given its word, or that of its NGI, before the deadline, when it is silent, then it is not known, and not red', () => {
    for (const of of [{ site: name }, { ngi }])
      expect(headsUp([word(of, 5)])).toMatchObject({
        light: 'grey',
        points: null,
        reason: 'the site took part no longer before the deadline',
      })
    expect(headsUp([word({ site: name }, 5), word({ site: name }, 90)])).toMatchObject({ light: 'grey' })
  })

  it('given its word after the deadline, one that it took back, or that of another site, when it is silent, then it is red', () => {
    expect(headsUp([word({ site: name }, 25)])).toMatchObject({ light: 'red' })
    expect(headsUp([word({ site: name }, 5), word({ site: name }, 6, true)])).toMatchObject({ light: 'red' })
    expect(headsUp([word({ site: 'FR-OAK-01' }, 5)])).toMatchObject({ light: 'red' })
  })

  it('given what it did before, when scored, then that counts', () => {
    expect(judged('human-reply', [...begun(), answer(2)], { consents: [word({ site: name }, 5)] })).toMatchObject({ light: 'green' })
  })
})

describe('a mail that answers two questions', () => {
  const contentHash = 'b'.repeat(64)
  const asked = (id: string) =>
    line(1, {
      type: 'MailAccepted',
      data: { effect: id, mail: 'question', letter: `question-${id}`, role: 'site', messageId: id, answer: '250' },
    })
  const both = received(plannedSite(), hoursLater(2), { answers: 'question', letter: 'question-q1', contentHash })
  const graded = line(300, {
    type: 'AnswerGraded',
    data: { contentHash, question: 'q2', verdict: 'right', why: 'it names both', by: 'Officer' },
  })
  const bounced = received(plannedSite(), hoursLater(1.1), { kind: 'bounce', answers: 'question', letter: 'question-q2' })
  const lines = [...begun(), asked('q1'), asked('q2'), both]

  it("given an officer's word that it answers the second, too, when scored, then both were answered, when it came", () => {
    expect(judged('answers', lines)).toMatchObject({ light: 'amber', points: 5 })
    expect(judged('answers', [...lines, graded])).toMatchObject({ light: 'green', points: 10 })
  })

  it('given that the second question was sent back, when an officer finds its answer, then it had arrived', () => {
    expect(judged('question', [...lines, bounced])).toMatchObject({ light: 'pending' })
    expect(judged('question', [...lines, bounced, graded])).toMatchObject({ light: 'green', points: 10 })
  })
})

describe('an alert that was sent anew', () => {
  const again = (hours: number) =>
    line(hours, { type: 'MailResent', data: { mail: 'alert', letter: 'alert', role: 'site', effect: 'e', by: 'Ada' } })
  const second = { ...accepted(), at: hoursLater(12) }
  const downtime = line(3, {
    type: 'DowntimeSeen',
    data: { id: 'd', declaredMs: hoursLater(2), startMs: hoursLater(2), endMs: hoursLater(9), severity: 'OUTAGE' },
  })
  const copied = received(plannedSite(), hoursLater(2), { told: ['vo-cms'] })

  it('given what the site did after the first one, when scored by the second, then it counts', () => {
    for (const [evidence, deed] of [
      ['downtime', downtime],
      ['vo-contacted', copied],
    ] as const) {
      expect(judged(evidence, [...begun(), deed])).toMatchObject({ light: 'green' })
      expect(judged(evidence, [...begun(), deed, again(11), second])).toMatchObject({ light: 'green' })
    }
  })
})

describe('an answer of an NGI', () => {
  const about = { role: 'ngi', id: 'ngi-answer', title: 'x', points: 10, within: '4h', evidence: 'human-reply', source: 'a test' }
  const ngiRubric = { ...sampleRubric, parties: [PartyExpectation.parse({ ...about, lateUntil: '1d' })] }
  const party = aParty('ngi')
  const question = named('question-1', { mail: 'question', role: 'ngi' })
  const reply = (hours: number, mail: 'pre-warning' | 'question') => {
    const { when: _, ...fact } = came(`hash-${hours}`, { kind: 'human', answers: mail, letter: mail, role: 'ngi', sender: 'ngi' }, 0)
    return { at: hoursAfter(hours), fact }
  }

  it('given thanks for a pre-warning alone, when it was asked later, then it did not answer', () => {
    const run = { rubric: ngiRubric }
    const id = 'ngi-answer'
    expect(scoreOf(id, { facts: [reply(-90, 'pre-warning'), told('accepted', 0, question)], party, run })).toMatchObject({ light: 'red' })
    expect(scoreOf(id, { facts: [told('accepted', 0, question), reply(2, 'question')], party, run })).toMatchObject({ light: 'green' })
  })

  it("given letters in its sites' logs, when judged, then its clock begins with the first, and an answer to any of them counts", () => {
    const logOf = (site: string, hours: number, answered?: number) => {
      const escalation = named('escalation-ngi', { mail: 'escalation', role: 'ngi' })
      const about = { kind: 'human', answers: 'escalation', letter: 'escalation-ngi', role: 'ngi', sender: 'ngi' } as const
      const { when: _, ...back } = came('hash', about, 0)
      const all = [told('accepted', hours, escalation), ...(answered === undefined ? [] : [{ at: hoursAfter(answered), fact: back }])]
      const own = { at: hoursAfter(0.5), fact: received(plannedSite(), 0, {}).fact }
      return chain([own, ...all].map((one) => ({ ...one, stream: `challenge/r/${site}` }))) as ChallengeEvent[]
    }
    const score = (logs: ChallengeEvent[][]) =>
      scoreParty(foldParty(logs), { rubric: ngiRubric, outages: [] }, { party, asOf: hoursAfter(900) }).scores[0]
    expect(score([logOf('A', 1), logOf('B', 3)])).toMatchObject({ light: 'red', deadline: hoursAfter(5) })
    expect(score([logOf('A', 1), logOf('B', 3, 4)])).toMatchObject({ light: 'green' })
    expect(score([logOf('B', 3, 8), logOf('A', 1)])).toMatchObject({ light: 'amber' })
    expect(
      streamsOfParty({ id: 'r', sites: [plannedSite({ ngi: party.name }), plannedSite({ name: 'X', ngi: 'another' })] }, party),
    ).toEqual([`party/r/${party.id}`, `challenge/r/${plannedSite().name}`])
  })
})

describe('word that was noted wrongly', () => {
  it('given that a light rests on it, when an officer decides that it is not known, then it is held against the site no longer', () => {
    const scenario = { ...sampleScenario, alert: 'one' as const }
    const about = { from: 'csirt', how: 'phone', words: 'x', by: 'Ada', happenedMs: hoursLater(0) } as const
    const lines = [...started(), line(1, { type: 'WordReached', data: about })]
    const decided = { expectation: 'x', light: 'grey', points: 0, reason: 'it was another site', by: 'Ada' } as const
    expect(judged('human-reply', lines, { scenario })).toMatchObject({ light: 'red' })
    const after = judged('human-reply', [...lines, line(90, { type: 'ScoreOverridden', data: decided })], { scenario })
    expect(after).toMatchObject({ light: 'grey', points: null, computed: { light: 'red' } })
  })
})
