import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldChallenge, initialChallenge, jobStateOf } from '../../core/domain/challenge.ts'
import type { ChallengeEvent, RunEvent } from '../../core/domain/event.ts'
import { foldRun } from '../../core/domain/run-state.ts'
import { busyChallenges, sampleRun } from './sample-run.ts'

describe('a challenge', () => {
  it('given no facts, when folded, then nothing is known', () => {
    expect(foldChallenge([])).toEqual(initialChallenge())
    expect(jobStateOf(initialChallenge())).toBeUndefined()
  })

  it('given job states out of order, when folded, then the job never goes back', () => {
    const states = ['running', 'queued', 'unknown', 'missing'] as const
    const events = states.map((state, i) => event(i + 1, { type: 'JobStateSeen', data: { state, native: state } }))
    expect(jobStateOf(foldChallenge(events))).toBe('running')
  })

  it('given the same mail accepted twice in the log, when folded, then the first one stands', () => {
    const accepted = (at: number) =>
      event(at, {
        type: 'MailAccepted',
        data: { effect: 'e', mail: 'alert', letter: 'alert', role: 'site', messageId: 'm', answer: '250' },
      })
    expect(foldChallenge([accepted(9), accepted(4)]).mails.alert.accepted?.at).toBe(4)
  })

  it('given facts in any order, when folded, then the same facts are held', () => {
    const [events] = busyChallenges({ sites: 1, eventsPerSite: 40 })
    const expected = comparable(events!)
    fc.assert(
      fc.property(fc.shuffledSubarray(events!, { minLength: events!.length }), (shuffled) => {
        expect(comparable(shuffled)).toEqual(expected)
      }),
    )
  })

  it('given a fact of an unknown type, when folded, then it is not passed over in silence', () => {
    const strange = { type: 'Strange', data: {} } as unknown as ChallengeEvent
    expect(() => foldChallenge([strange])).toThrow("unknown type in a challenge's log: Strange")
    expect(() => foldRun([strange as unknown as RunEvent])).toThrow("unknown type in a run's log: Strange")
  })
})

describe('a run', () => {
  it('given the facts of a whole run, when folded, then it is ended, approved and has its outage', () => {
    const events = sampleRun({ seed: 3, sites: 4 }).filter((e) => e.stream.startsWith('run/')) as RunEvent[]
    const state = foldRun(events)
    expect(state).toMatchObject({
      phase: 'ended',
      approvals: [{ hash: state.plan?.hash, by: 'Officer One' }],
      outages: [{ what: 'The listener was restarted' }],
    })
    expect(foldRun(events.slice(0, 1)).phase).toBe('planned')
    expect(foldRun(events.slice(0, 2)).phase).toBe('approved')
    expect(foldRun(events.slice(0, 3)).phase).toBe('running')
  })

  it('given two stops and then the end, when folded, then the first stop stands', () => {
    const stop = (at: number) => ({
      ...event(at, { type: 'AgentLate', data: { lastSeenMs: 0 } }),
      type: 'RunStopped',
      data: { by: 'x', reason: String(at) },
    })
    const events = [stop(5), stop(7), { ...stop(9), type: 'RunEnded', data: {} }] as unknown as RunEvent[]
    expect(foldRun(events)).toMatchObject({ phase: 'ended', stopped: { at: 5, reason: '5' }, endedMs: 9 })
    expect(foldRun(events.slice(0, 2)).phase).toBe('stopped')
  })
})

type PlainFact = ChallengeEvent extends infer E ? (E extends ChallengeEvent ? Pick<E, 'type' | 'data'> : never) : never

function event(at: number, fact: PlainFact): ChallengeEvent {
  return { ...fact, stream: 'challenge/r/s', seq: at, at, hash: '' } as ChallengeEvent
}

/** Lists are held in the order of arrival; what they hold must not depend on it. */
function comparable(events: readonly ChallengeEvent[]) {
  const { answers, orders, reports, access, notes, farewells, ...rest } = foldChallenge(events)
  const bySeq = (list: readonly ChallengeEvent[]) => [...list].sort((a, b) => a.seq - b.seq)
  return { ...rest, lists: [answers, orders, reports, access, notes, farewells].map(bySeq) }
}
