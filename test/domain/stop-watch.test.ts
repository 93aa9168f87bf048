import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldChallenge } from '../../core/domain/challenge.ts'
import type { ChallengeEvent, ChallengeFact } from '../../core/domain/event.ts'
import { countEnds, type SiteEnd, siteEnd } from '../../core/domain/stop-watch.ts'

const run = { agentsEndMs: 10_000, scenario: { job: { silenceEnds: 600, heartbeatEvery: 60 } } }

const submitting: ChallengeFact = { type: 'JobSubmitting', data: { effect: 'e', label: 'l', payloadHash: 'h' } }
const submitted: ChallengeFact = { type: 'JobSubmitted', data: { effect: 'e', nativeId: 'n' } }
const refused: ChallengeFact = { type: 'JobRefused', data: { effect: 'e', by: 'other side', reason: 'no' } }
const unsure: ChallengeFact = { type: 'JobUnsure', data: { effect: 'e', reason: 'cut off' } }
const seen: ChallengeFact = { type: 'AgentSeen', data: { host: 'wn', pid: 1 } }
const stateSeen = (state: 'running' | 'ended' | 'failed' | 'cancelled' | 'missing' | 'unknown'): ChallengeFact => ({
  type: 'JobStateSeen',
  data: { state, native: 'N' },
})
const farewell = (reason: 'told' | 'expired' | 'signal'): ChallengeFact => ({ type: 'AgentStopped', data: { reason } })

type Told = [at: number, fact: ChallengeFact]

function endOf(told: readonly Told[], lastMs: number | null, nowMs: number): SiteEnd {
  const events = told.map(([at, fact], i) => ({ ...fact, at, seq: i + 1, stream: 's', hash: '' })) as ChallengeEvent[]
  return siteEnd(run, { state: foldChallenge(events), lastMs }, nowMs)
}

describe('how a stopped agent ends', () => {
  test('given that nothing was sent, or the other side surely refused it, then it never started', () => {
    expect(endOf([], null, 5)).toEqual({ is: 'never started' })
    expect(
      endOf(
        [
          [1, submitting],
          [2, refused],
        ],
        null,
        5,
      ),
    ).toEqual({ is: 'never started' })
  })

  test('given that it may have been sent, then it may live until the end of all agents', () => {
    for (const facts of [[submitting], [submitting, submitted], [submitting, unsure], [submitting, unsure, refused]])
      expect(
        endOf(
          facts.map((fact, i): Told => [i, fact]),
          null,
          50,
        ),
      ).toEqual({ is: 'told', latestMs: 10_000 })
  })

  test('given a last sign of life, then it ends one silence and one beat later, and never after the end of all agents', () => {
    expect(
      endOf(
        [
          [1, submitted],
          [2, seen],
        ],
        100,
        200,
      ),
    ).toEqual({ is: 'told', latestMs: 760 })
    expect(
      endOf(
        [
          [1, submitted],
          [2, seen],
        ],
        100,
        760,
      ),
    ).toEqual({ is: 'told', latestMs: 760 })
    expect(
      endOf(
        [
          [1, submitted],
          [2, seen],
        ],
        100,
        761,
      ),
    ).toEqual({ is: 'ended by itself', latestMs: 760 })
    expect(
      endOf(
        [
          [1, submitted],
          [2, seen],
        ],
        9_990,
        9_995,
      ),
    ).toEqual({ is: 'told', latestMs: 10_000 })
  })

  test('given a farewell and the word of the job system, then the first farewell counts', () => {
    const told: Told[] = [
      [1, submitted],
      [5, stateSeen('cancelled')],
      [7, farewell('told')],
      [9, farewell('signal')],
    ]
    expect(endOf(told, 7, 9)).toEqual({ is: 'confirmed', by: 'farewell', word: 'told', atMs: 7 })
    expect(endOf(told.slice(0, 2), 4, 9)).toEqual({ is: 'confirmed', by: 'job system', word: 'cancelled', atMs: 5 })
  })

  test('given a heartbeat after the job system said it was over, then that word does not count', () => {
    expect(
      endOf(
        [
          [1, submitted],
          [5, stateSeen('ended')],
        ],
        6,
        9,
      ),
    ).toEqual({ is: 'told', latestMs: 666 })
  })

  test('given a job that runs, is missing or unknown, then nothing is confirmed', () => {
    for (const state of ['running', 'missing', 'unknown'] as const)
      expect(
        endOf(
          [
            [1, submitted],
            [5, stateSeen(state)],
          ],
          4,
          9,
        ).is,
      ).toBe('told')
  })

  test('given any history, then it is confirmed only by a word for it, never lives past the end, and time only ends it', () => {
    const facts = [submitting, submitted, refused, unsure, seen, farewell('told'), farewell('expired')]
    const states = (['running', 'ended', 'failed', 'cancelled', 'missing', 'unknown'] as const).map(stateSeen)
    const history = fc.array(fc.tuple(fc.nat(12_000), fc.constantFrom(...facts, ...states)), { maxLength: 8 })
    fc.assert(
      fc.property(history, fc.option(fc.nat(12_000)), fc.nat(20_000), fc.nat(20_000), (told, lastMs, a, b) => {
        const [now, later] = [Math.min(a, b), Math.max(a, b)]
        const [end, then] = [endOf(told, lastMs, now), endOf(told, lastMs, later)]
        const words = told.filter(
          ([, { type, data }]) =>
            type === 'AgentStopped' || (type === 'JobStateSeen' && ['ended', 'failed', 'cancelled'].includes(data.state)),
        )
        if (end.is === 'confirmed') expect(words.map(([at]) => at)).toContain(end.atMs)
        if (words.length === 0) expect(end.is).not.toBe('confirmed')
        if (end.is === 'told') expect(now <= end.latestMs && end.latestMs <= run.agentsEndMs).toBe(true)
        if (end.is === 'never started')
          expect(lastMs === null && !told.some(([, { type }]) => type === 'JobSubmitted' || type === 'AgentSeen')).toBe(true)
        if (now > run.agentsEndMs) expect(end.is).not.toBe('told')
        if (end.is !== 'told') expect(then).toEqual(end)
      }),
    )
  })
})

describe('countEnds', () => {
  test('given any ends, then each is counted once, and the last of those who still live is told', () => {
    const end = fc.oneof(
      fc.constant<SiteEnd>({ is: 'never started' }),
      fc.nat().map((atMs): SiteEnd => ({ is: 'confirmed', by: 'farewell', word: 'told', atMs })),
      fc.nat().map((latestMs): SiteEnd => ({ is: 'told', latestMs })),
      fc.nat().map((latestMs): SiteEnd => ({ is: 'ended by itself', latestMs })),
    )
    fc.assert(
      fc.property(fc.array(end), (ends) => {
        const { started, lastMs, ...count } = countEnds(ends)
        expect(Object.values(count).reduce((sum, n) => sum + n, 0)).toBe(ends.length)
        expect(started).toBe(ends.length - count['never started'])
        const times = ends.flatMap((one) => (one.is === 'told' ? [one.latestMs] : []))
        expect(lastMs).toBe(times.length === 0 ? undefined : Math.max(...times))
      }),
    )
  })
})
