import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RunEvent, type RunFact, runStream } from '../../core/domain/event.ts'
import { approvalOf, foldRun, isSamePerson, pausedBy } from '../../core/domain/run-state.ts'
import { launchedRun } from './launched-run.ts'

/** The facts of a run, one a second from 1000 on. */
function folded(...facts: RunFact[]) {
  const events = facts.map((fact, i) => ({ ...fact, stream: runStream('r-1'), seq: i + 1, at: 1_000 * (i + 1), hash: '' }))
  return foldRun(events as RunEvent[])
}

const by = { by: 'Ada', reason: 'x' }
const paused = (because: 'officer' | 'limit' | 'real incident', who = 'Ada'): RunFact => ({
  type: 'RunPaused',
  data: { by: who, reason: because, because },
})
const resumed: RunFact = { type: 'RunResumed', data: by }

describe('the pauses of a run', () => {
  test('given a pause and a resume, then it lasts until then; given another, then it has a time of its own', () => {
    expect(pausedBy(folded(paused('officer')))).toMatchObject({ fromMs: 1_000, because: 'officer' })
    const state = folded(paused('officer'), resumed, resumed, paused('limit'))
    expect(state.pauses).toMatchObject([
      { fromMs: 1_000, untilMs: 2_000 },
      { fromMs: 4_000, because: 'limit' },
    ])
    expect(pausedBy(state)?.fromMs).toBe(4_000)
  })

  test('given any order of pauses and resumes, then at most one lasts, none overlap, and the last word says whether one does', () => {
    const word = fc.constantFrom(resumed, paused('officer'), paused('limit'), paused('real incident'))
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const { pauses } = folded(...words)
        expect(pauses.filter((one) => one.untilMs === undefined).length).toBe(words.length > 0 && words.at(-1) !== resumed ? 1 : 0)
        for (const [i, { fromMs }] of pauses.entries()) if (i > 0) expect(fromMs).toBeGreaterThan(pauses[i - 1]!.untilMs!)
      }),
    )
  })

  test('given a real incident in a pause, then it is what all are told, from the begin of the pause on', () => {
    const state = folded(paused('officer'), paused('real incident', 'Ben'), paused('limit'))
    expect(state.pauses).toEqual([{ fromMs: 1_000, by: 'Ben', reason: 'real incident', because: 'real incident' }])
  })
})

describe('who stands for a plan', () => {
  test.each([
    ['Ada Lovelace', 'ada  lovelace', true],
    ['Ada Lovelace', ' Ada\tLovelace ', true],
    ['Ada', 'Ａｄａ', true],
    ['Jos\u00e9', 'Jose\u0301', true],
    ['Ada', 'Adá', false],
    ['Ada Lovelace', 'Ada', false],
    ['Ada', '', false],
  ])('given the names %j and %j, then it is %j that they are one', (a, b, same) => {
    expect(isSamePerson(a, b)).toBe(same)
  })

  const { plan } = launchedRun({ run: { rehearsal: false } })
  test.each([
    ['nobody', [], undefined],
    ['the planner alone', [{ hash: 'h', by: 'ADA ', at: 1 }], undefined],
    ['another person', [{ hash: 'h', by: 'Ben', at: 1 }], 'Ben'],
    ['another person for an earlier plan', [{ hash: 'g', by: 'Ben', at: 1 }], undefined],
    [
      'the planner and then another person',
      [
        { hash: 'h', by: 'Ada', at: 1 },
        { hash: 'h', by: 'Eve', at: 2 },
      ],
      'Eve',
    ],
  ])('given an approval by %s, then that is what counts', (_, approvals, who) => {
    expect(approvalOf({ plan, plannedBy: 'Ada', approvals })?.by).toBe(who)
  })

  test('given a plan that was changed after its approval, then it must be approved again', () => {
    const approvals = [{ hash: plan.hash, by: 'Ben', at: 1 }]
    expect(approvalOf({ plan: { ...plan, hash: 'changed' }, plannedBy: 'Ada', approvals })).toBeUndefined()
  })
})

describe('what officers and sites said', () => {
  test('given consent and its withdrawal, then both stand in order, with who said it and from when', () => {
    const of = { site: 'DE-ONE' }
    const state = folded(
      { type: 'ConsentGiven', data: { of, by: 'Eve', recordedBy: 'Ada', fromMs: 5 } },
      { type: 'ConsentWithdrawn', data: { of, by: 'Eve', recordedBy: 'Ada', reason: 'x' } },
    )
    expect(state.consents).toEqual([
      { of, by: 'Eve', at: 1_000, given: true, fromMs: 5 },
      { of, by: 'Eve', at: 2_000, given: false },
    ])
  })

  test('given two decisions of one piece of work, then the last one counts; given two waves, then the first', () => {
    const decided = (go: boolean): RunFact => ({ type: 'HeldDecided', data: { effect: 'e', go, by: 'Ada', dueMs: 7 } })
    const state = folded(decided(true), decided(false), { type: 'WaveOpened', data: by }, { type: 'WaveOpened', data: by })
    expect(state).toMatchObject({ decisions: { e: { go: false, by: 'Ada', dueMs: 7 } }, waveMs: 3_000 })
  })
})
