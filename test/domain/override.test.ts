import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldChallenge } from '../../core/domain/challenge.ts'
import type { ChallengeEvent, FinalLight } from '../../core/domain/event.ts'
import { overridden } from '../../core/domain/score.ts'
import { answer, begun, hoursLater, type Line, line, scored } from './one-site.ts'
import { chain } from './sample-run.ts'

function override(hours: number, light: FinalLight, points: number, expectation = 'heads-up'): Line {
  return line(hours, { type: 'ScoreOverridden', data: { expectation, light, points, reason: `because ${hours}`, by: 'Officer' } })
}

const headsUp = (lines: Line[]) => scored({ lines: [...begun(), answer(1), ...lines] }).scores[0]!

describe("an officer's verdict", () => {
  it('given one, when scored, then it stands, with the word of the rubric beside it, and its own fact as evidence', () => {
    expect(headsUp([override(9, 'red', 5)])).toMatchObject({
      light: 'red',
      points: 5,
      computed: { light: 'green', points: 40 },
      reason: expect.stringMatching(/decided by Officer: because 9 \(by the rubric green: in time/),
    })
    expect(headsUp([override(9, 'red', 5)]).evidence.at(-1)!.at).toBe(hoursLater(9))
  })

  it('given several, when scored, then the last one stands, in whatever order they arrived', () => {
    const words = [override(9, 'red', 5), override(12, 'amber', 20), override(10, 'green', 40)]
    const events = chain(words.map((one) => ({ ...one, stream: 'challenge/r/s' }))) as ChallengeEvent[]
    const plain = headsUp([])
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: 3 }), (mixed) => {
        const { overrides } = foldChallenge(mixed)
        expect(overridden(plain, overrides)).toMatchObject({ light: 'amber', points: 20, computed: { light: 'green' } })
      }),
    )
  })

  it('given grey, or points that there are not, when scored, then none are known, and never more than all or fewer than none', () => {
    expect(headsUp([override(9, 'grey', 7)])).toMatchObject({ light: 'grey', points: null })
    expect(headsUp([override(9, 'green', 900)]).points).toBe(40)
    expect(headsUp([override(9, 'red', -3)]).points).toBe(0)
  })

  it('given one on another expectation, when scored, then nothing changes here', () => {
    expect(headsUp([override(9, 'red', 0, 'closure')])).toEqual(headsUp([]))
  })

  it('given a red mandatory light that is overridden, when scored, then the overall light follows', () => {
    const lines = [...begun()]
    expect(scored({ lines }).overall).toBe('red')
    const decided = scored({ lines: [...lines, override(700, 'green', 40), override(700, 'green', 40, 'contained')] })
    expect(decided.overall).not.toBe('red')
  })
})
