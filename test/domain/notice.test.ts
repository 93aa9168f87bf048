import { describe, expect, it } from 'vitest'
import type { ChallengeFact, Event, Fact } from '../../core/domain/event.ts'
import { bodyOf, noticeNames, noticesOf } from '../../core/domain/notice.ts'
import { sampleRun } from './sample-run.ts'

const about = { run: 'r-1', rehearsal: false }
const stream = 'challenge/r-1/SITE-A'
const event = (fact: Fact): Event => ({ ...fact, stream, seq: 3, at: Date.parse('2027-01-11T10:00:00Z'), hash: 'h' })

/** What somebody wrote or is called: none of it may go out. */
const PRIVATE = 'Jane Doe <jane@site.example>'

const facts: [ChallengeFact, string[], object][] = [
  [
    { type: 'MailAccepted', data: { effect: 'e', mail: 'alert', letter: 'alert', role: 'site', messageId: PRIVATE, answer: PRIVATE } },
    ['alert.sent'],
    { letter: 'alert', role: 'site' },
  ],
  [
    { type: 'AccessChanged', data: { attacker: 'refused', control: 'accepted', service: 'arc', endpoint: PRIVATE, words: PRIVATE } },
    ['access.changed', 'ban.seen'],
    { service: 'arc' },
  ],
  [
    { type: 'AccessChanged', data: { attacker: 'refused', control: 'unreachable', service: 'arc', words: PRIVATE } },
    ['access.changed'],
    { attacker: 'refused', control: 'unreachable' },
  ],
  [{ type: 'AgentSeen', data: { host: PRIVATE, pid: 1 } }, ['agent.seen'], {}],
  [
    { type: 'OfficerNoted', data: { by: PRIVATE, text: PRIVATE, fulfils: 'heads-up', happenedMs: 1 } },
    ['note.taken'],
    { fulfils: 'heads-up' },
  ],
  [
    { type: 'ScoreOverridden', data: { expectation: 'heads-up', light: 'amber', points: 5, reason: PRIVATE, by: PRIVATE } },
    ['light.decided'],
    { expectation: 'heads-up', light: 'amber' },
  ],
  [
    { type: 'AppealReceived', data: { appeal: 'a', expectation: 'closure', contentHash: 'c' } },
    ['appeal.made'],
    { expectation: 'closure' },
  ],
  [{ type: 'AppealAnswered', data: { appeal: 'a', granted: true, words: PRIVATE, by: PRIVATE } }, ['appeal.answered'], { granted: true }],
  [
    { type: 'WordReached', data: { from: PRIVATE, how: 'phone', words: PRIVATE, by: PRIVATE, happenedMs: 1 } },
    ['word.reached'],
    { how: 'phone' },
  ],
]

describe('notices', () => {
  it.each(facts)(
    'given the fact $type, when it is told, then names and states go out, and nothing that anybody wrote',
    (fact, names, states) => {
      const notices = noticesOf(event(fact), about)
      expect(notices.map(({ name }) => name)).toEqual(names)
      expect(notices.at(-1)!.data).toMatchObject({ run: 'r-1', rehearsal: false, site: 'SITE-A', ...states })
      for (const notice of notices) expect(bodyOf(notice)).not.toMatch(/Jane|@/)
    },
  )

  it('given a limit that halts a run, when it is told, then both are: that it is held, and why', () => {
    const paused = { ...event({ type: 'RunPaused', data: { by: PRIVATE, reason: PRIVATE, because: 'limit' } }), stream: 'run/r-1' }
    expect(noticesOf(paused, about).map(({ name, data }) => [name, data])).toEqual([
      ['run.paused', { run: 'r-1', rehearsal: false, because: 'limit' }],
      ['limit.reached', { run: 'r-1', rehearsal: false }],
    ])
  })

  it('given a whole run, when all of it is told, then no address and no host of it goes out, each place is another, and the payload is as specified', () => {
    const events = sampleRun({ seed: 5, sites: 8 })
    const notices = events.flatMap((one) => noticesOf(one, about))
    const all = notices.map(bodyOf)
    expect(new Set(notices.map(({ name }) => name)).size).toBeGreaterThan(8)
    expect(new Set(notices.map(({ place }) => place)).size).toBe(notices.length)
    for (const body of all) {
      expect(body).not.toMatch(/@|\/DC=|https?:|\.example/)
      const { type, timestamp, data } = JSON.parse(body) as { type: string; timestamp: string; data: { exercise: string } }
      expect(noticeNames).toContain(type)
      expect(new Date(timestamp).toISOString()).toBe(timestamp)
      expect(data.exercise).toMatch(/exercise/)
    }
  })
})
