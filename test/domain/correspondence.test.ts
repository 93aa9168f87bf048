import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldChallenge } from '../../core/domain/challenge.ts'
import { contactDepth, depthOfAnswer, humanAnswers, kindOf, threadsOf } from '../../core/domain/correspondence.ts'
import type { ChallengeEvent, Depth, ReplyKind } from '../../core/domain/event.ts'
import { came, logged, named, type Told, trail } from './letter-facts.ts'

const alert = named('alert')
const question = named('question-7', { mail: 'question' })
const escalation = named('escalation-ngi', { mail: 'escalation', role: 'ngi' })
const fold = (...facts: Told[]) => foldChallenge(logged(facts))
const judged = (contentHash: string, kind: ReplyKind, when: number, depth?: Depth): Told => ({
  type: 'MailJudged',
  data: { contentHash, kind, ...(depth === undefined ? {} : { depth }), by: 'Ada' },
  when,
})

const when = fc.integer({ min: 0, max: 30 })
const letter = fc.constantFrom(alert, question, escalation)
const hash = fc.constantFrom('a', 'b', 'c')
const kind = fc.constantFrom<ReplyKind>('human', 'automatic', 'bounce')
const anyFact: fc.Arbitrary<Told> = fc.oneof(
  fc.tuple(fc.constantFrom('sending', 'accepted', 'refused', 'unsure', 'resent'), letter, when).map((one) => trail(...one)),
  fc
    .tuple(hash, kind, letter, when)
    .map(([id, what, { mail, letter: name, role }, at]) => came(id, { kind: what, answers: mail, letter: name, role }, at)),
  fc.tuple(hash, kind, when).map((one) => judged(...one)),
  when.map((at): Told => ({ type: 'TicketChanged', data: { ticket: '7', status: `s${at}`, by: 'x' }, when: at })),
)

/** Lists stand in the order of arrival; what they hold must not depend on it. */
function held(events: readonly ChallengeEvent[]) {
  const { answers, orders, reports, ...rest } = foldChallenge(events)
  const bySeq = (list: readonly ChallengeEvent[]) => [...list].sort((a, b) => a.seq - b.seq)
  const state = foldChallenge(events)
  return {
    ...rest,
    lists: [answers, orders, reports].map(bySeq),
    depth: (['site', 'ngi'] as const).map((role) => contactDepth(state, role)),
  }
}

describe('the fold of a correspondence', () => {
  test('given any facts in any order, then the same is held, and the same depth follows', () => {
    const shuffles = fc.array(anyFact, { maxLength: 14 }).chain((facts) => {
      const events = logged(facts)
      return fc.record({ events: fc.constant(events), shuffled: fc.shuffledSubarray(events, { minLength: events.length }) })
    })
    fc.assert(
      fc.property(shuffles, ({ events, shuffled }) => {
        expect(held(shuffled)).toEqual(held(events))
      }),
      { numRuns: 300 },
    )
  })

  test('given a letter that was sent anew, then what was before counts no longer, and what comes after it does', () => {
    const before = fold(
      trail('sending', alert, 1),
      trail('accepted', alert, 2),
      came('b', { kind: 'bounce' }, 3),
      trail('resent', alert, 4),
    )
    expect(Object.keys(before.mails.alert)).toEqual(['resent'])
    expect(before.letters.alert).toMatchObject({ resent: { at: 4 }, letter: 'alert', mail: 'alert', role: 'site' })
    expect(before.letters.alert?.told).toHaveLength(4)
    const after = fold(trail('refused', alert, 2), trail('resent', alert, 4), trail('sending', alert, 5), trail('accepted', alert, 6))
    expect(after.mails.alert).toMatchObject({ sending: { at: 5 }, accepted: { at: 6 } })
    expect(after.mails.alert.refused).toBeUndefined()
  })

  test('given a letter that was sent, and sent anew, then in any order the facts of the second time are held', () => {
    const events = logged([trail('sending', alert, 1), trail('resent', alert, 2), trail('sending', alert, 3)])
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        expect(foldChallenge(shuffled).mails.alert).toMatchObject({ resent: { at: 2 }, sending: { at: 3 } })
      }),
    )
  })

  test('given a letter that an officer ordered, then it stands by its own name, and not for its kind', () => {
    const state = fold(trail('accepted', question, 1))
    expect(state.letters['question-7']?.accepted?.at).toBe(1)
    expect(state.mails.question).toEqual({})
  })
})

describe("an officer's word on an answer", () => {
  test('given several words, then the last one counts before ours, whatever was told first', () => {
    const facts = [came('a', { kind: 'automatic' }, 1), judged('a', 'human', 5, 'knows'), judged('a', 'automatic', 3)]
    for (const state of [fold(...facts), fold(...facts.toReversed())]) {
      expect(kindOf(state, state.answers[0]!)).toBe('human')
      expect(depthOfAnswer(state, state.answers[0]!)).toBe('knows')
      expect(humanAnswers(state)).toHaveLength(1)
    }
  })

  test('given an answer that we held to be human, when an officer says it is a machine, then no person has answered', () => {
    const state = fold(came('a', { depth: 'investigates' }, 1), judged('a', 'automatic', 2))
    expect(humanAnswers(state)).toEqual([])
    expect(depthOfAnswer(state, state.answers[0]!)).toBeUndefined()
    expect(contactDepth(state)?.level).toBe(2)
  })

  test('given a word on another mail, then this one keeps its kind; a human one without a depth is trivial', () => {
    const state = fold(came('a', { kind: 'automatic' }, 1), came('b', { depth: 'investigates' }, 1), judged('b', 'human', 2))
    expect(state.answers.map((one) => [kindOf(state, one), depthOfAnswer(state, one)])).toEqual([
      ['automatic', undefined],
      ['human', 'trivial'],
    ])
  })

  test('given kinds of letters, then only answers to these count', () => {
    const state = fold(came('a', {}, 1), came('b', { answers: 'question', letter: 'question-7' }, 2))
    expect(humanAnswers(state, ['question']).map((one) => one.data.contentHash)).toEqual(['b'])
    expect(humanAnswers(state, [])).toEqual([])
  })
})

describe('how deep a contact goes', () => {
  const cases: [number | undefined, string, Told[]][] = [
    [undefined, 'nothing was sent', []],
    [undefined, 'it is not known whether the letter went out', [trail('sending', alert, 1), trail('unsure', alert, 2)]],
    [0, 'the letter was refused', [trail('refused', alert, 1)]],
    [0, 'the letter came back, though it had been taken', [trail('accepted', alert, 1), came('a', { kind: 'bounce' }, 2)]],
    [1, 'the letter was taken', [trail('accepted', alert, 1)]],
    [2, 'a machine answered', [trail('accepted', alert, 1), came('a', { kind: 'automatic' }, 2)]],
    [3, 'a person said little', [came('a', { depth: 'trivial' }, 2), came('b', { kind: 'automatic' }, 1)]],
    [4, 'a person knew', [came('a', { depth: 'trivial' }, 2), came('b', { depth: 'knows' }, 3)]],
    [
      5,
      'a person investigates',
      [came('a', { depth: 'investigates' }, 2), came('b', { depth: 'knows' }, 3), came('c', { kind: 'bounce' }, 4)],
    ],
  ]
  test.each(cases)('given %s on the scale, as %s', (level, _words, facts) => {
    expect(contactDepth(fold(...facts))?.level).toBe(level)
  })

  test('given two answers of one depth, then the earlier one is the evidence; another role is looked at by itself', () => {
    const state = fold(
      came('a', { depth: 'knows' }, 9),
      came('b', { depth: 'knows' }, 4),
      came('c', { depth: 'investigates', role: 'ngi' }, 5),
    )
    expect(contactDepth(state)).toMatchObject({ level: 4, evidence: { at: 4 } })
    expect(contactDepth(state, 'ngi')?.level).toBe(5)
    expect(contactDepth(state, 'manager')).toBeUndefined()
  })
})

describe('the threads of a challenge', () => {
  test('given letters, answers and a bounce, then each addressee has its own, in the order of time', () => {
    const state = fold(
      came('a', {}, 30),
      trail('sending', alert, 10),
      trail('accepted', alert, 11),
      trail('sending', escalation, 20),
      came('b', { kind: 'bounce', answers: 'escalation', letter: 'escalation-ngi', role: 'ngi' }, 25),
      came('c', { kind: 'automatic' }, 12),
    )
    const { site, ngi, ...others } = threadsOf(state)
    expect(site!.map(({ at, ours }) => [at, ours])).toEqual([
      [10, true],
      [12, false],
      [30, false],
    ])
    expect(ngi!.map(({ at, ours, bounce }) => [at, ours, bounce !== undefined])).toEqual([
      [20, true, false],
      [25, false, true],
    ])
    expect(others).toEqual({})
  })

  test('given any facts, then every answer and every bounce stands in exactly one thread, and none is out of order', () => {
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 14 }), (facts) => {
        const state = foldChallenge(logged(facts))
        const threads = Object.values(threadsOf(state))
        const entries = threads.flat()
        expect(entries.filter((one) => one.answer)).toHaveLength(state.answers.length)
        expect(entries.filter((one) => one.bounce)).toHaveLength(Object.values(state.letters).filter((one) => one.bounced).length)
        for (const thread of threads) expect(thread.map(({ at }) => at)).toEqual(thread.map(({ at }) => at).toSorted((a, b) => a - b))
      }),
    )
  })
})
