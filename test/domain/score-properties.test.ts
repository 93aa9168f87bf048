import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChallengeEvent } from '../../core/domain/event.ts'
import type { Score } from '../../core/domain/report.ts'
import type { SiteEvidence } from '../../core/domain/rubric.ts'
import { scoreSite } from '../../core/domain/score.ts'
import { anyDeed, anyWorld, type Deed, lineOf, speaksFor, type World, wideRubric } from './any-facts.ts'
import { hoursLater, type Line, line, scored } from './one-site.ts'
import { chain } from './sample-run.ts'
import { plannedSite, sampleKey } from './sample-sites.ts'

const runs = { numRuns: 300 }
const half = fc.double({ min: 0, max: 1, noNaN: true })

function scoresOf(world: World, more: readonly Line[] = [], asOfHour = world.endHour): Score[] {
  const lines = [...world.lines, ...world.deeds.map(lineOf), ...more]
  return [...scored({ lines, run: world.run, asOf: hoursLater(asOfHour) }).scores]
}

function eventsOf(world: World, more: readonly Line[] = []): ChallengeEvent[] {
  const plan = line(-1, { type: 'ChallengePlanned', data: { site: plannedSite(), key: sampleKey('l') } })
  const lines = [plan, ...world.lines, ...world.deeds.map(lineOf), ...more]
  return chain(lines.map((one) => ({ ...one, stream: 'challenge/r/DE-ALDER-01' }))) as ChallengeEvent[]
}

const rank = { green: 3, amber: 2, red: 1, grey: 0, pending: 0 }

/** What is known has no fewer points and no worse a light than before. */
function expectNoWorse(before: Score, after: Score): void {
  expect([after.expectation, after.points ?? 0]).toEqual([before.expectation, expect.toSatisfy((n) => n >= 0)])
  if (before.points === null) return
  expect(`${after.expectation} ${(after.points ?? 0) >= before.points}`).toBe(`${before.expectation} true`)
  if (after.points !== null) expect(`${after.expectation} ${rank[after.light] >= rank[before.light]}`).toBe(`${after.expectation} true`)
}

/** The expectations that a deed speaks for. What it begins the clock of is another question. */
function concerned({ kind }: Deed): (score: Score) => boolean {
  const kinds = Object.entries(speaksFor).flatMap(([evidence, by]) => (by.includes(kind) ? [evidence] : []))
  const ids = wideRubric.expectations
    .filter(({ evidence, startsAt }) => kinds.includes(evidence) && (startsAt !== 'containment' || !beginsContainment(kind)))
    .map(({ id }) => id)
  return ({ expectation }) => ids.includes(expectation)
}

function beginsContainment(kind: Deed['kind']): boolean {
  const contained: SiteEvidence = 'contained'
  return speaksFor[contained].includes(kind)
}

describe('the score of a site, whatever the log holds', () => {
  it('given its facts in any order, when scored, then the whole score is the same', () => {
    const ordered = anyWorld.chain((world) => {
      const events = eventsOf(world)
      return fc.record({ world: fc.constant(world), mixed: fc.shuffledSubarray(events, { minLength: events.length }) })
    })
    fc.assert(
      fc.property(ordered, ({ world, mixed }) => {
        const run = { rubric: wideRubric, outages: [], ...world.run }
        const score = (events: ChallengeEvent[]) => scoreSite(events, run, hoursLater(world.endHour))
        expect(score(mixed)).toEqual(score([...mixed].sort((a, b) => a.seq - b.seq)))
      }),
      runs,
    )
  })

  it('given the same deed earlier, when scored, then nothing that it speaks for is worse', () => {
    fc.assert(
      fc.property(anyWorld, anyDeed, half, (world, deed, share) => {
        const sooner = { ...deed, hour: Math.max(0.1, Math.round(deed.hour * share * 100) / 100) }
        const [late, early] = [deed, sooner].map((one) => scoresOf(world, [lineOf(one)]).filter(concerned(deed)))
        for (const [i, before] of late!.entries()) expectNoWorse(before, early![i]!)
      }),
      runs,
    )
  })

  it('given one more deed, when scored, then nothing that it speaks for is worse', () => {
    fc.assert(
      fc.property(anyWorld, anyDeed, (world, deed) => {
        const before = scoresOf(world).filter(concerned(deed))
        const after = scoresOf(world, [lineOf(deed)]).filter(concerned(deed))
        for (const [i, one] of before.entries()) expectNoWorse(one, after[i]!)
      }),
      runs,
    )
  })

  it('given mere time that goes by, when scored again, then what is final stays as it is', () => {
    fc.assert(
      fc.property(anyWorld, fc.integer({ min: 1, max: 2000 }), (world, hours) => {
        const later = scoresOf(world, [], world.endHour + hours)
        for (const [i, now] of scoresOf(world).entries()) if (now.light !== 'pending') expect(later[i]).toEqual(now)
      }),
      runs,
    )
  })

  it('given a pause more, agreed or of our own, when scored, then no known light is worse', () => {
    const pause = fc.record({ from: fc.integer({ min: -20, max: 300 }), long: fc.integer({ min: 1, max: 200 }), ours: fc.boolean() })
    fc.assert(
      fc.property(anyWorld, pause, (world, { from, long, ours }) => {
        const span = { fromMs: hoursLater(from), untilMs: hoursLater(from + long) }
        const agreed = line(0, { type: 'PauseAgreed', data: { ...span, by: 'Officer', reason: 'x' } })
        const paused = ours ? { ...world, run: { ...world.run, outages: [...(world.run.outages ?? []), span] } } : world
        const after = scoresOf(paused, ours ? [] : [agreed])
        for (const [i, before] of scoresOf(world).entries()) if (after[i]!.points !== null) expectNoWorse(before, after[i]!)
      }),
      runs,
    )
  })

  it('given any facts and any verdicts of officers, when scored, then points lie between none and all', () => {
    const override = fc.record({
      light: fc.constantFrom('green', 'amber', 'red', 'grey'),
      points: fc.double({ min: -50, max: 50, noNaN: true }),
    })
    fc.assert(
      fc.property(anyWorld, override, (world, { light, points }) => {
        const data = { expectation: 'contained-alert-wall', light, points, reason: 'x', by: 'Officer' } as const
        for (const score of scoresOf(world, [line(401, { type: 'ScoreOverridden', data })])) {
          if (score.points !== null) expect(score.points).toSatisfy((n: number) => n >= 0 && n <= score.outOf)
          expect(score.points === null).toBe(score.light === 'grey' || score.light === 'pending')
        }
      }),
      runs,
    )
  })
})
