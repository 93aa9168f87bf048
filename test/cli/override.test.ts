import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Core } from '../../core/app/deps.ts'
import { readScores } from '../../core/app/override-score.ts'
import { plannedSite, readLaunchedRun } from '../../core/app/view.ts'
import { type ChallengeEvent, challengeStream, partyStream, runStream } from '../../core/domain/event.ts'
import { type Calls, openCalls } from './calls.ts'
import { launchedRun } from './control-run.ts'

let calls: Calls
let run: string
const parties = [{ role: 'vo' as const, name: 'Our VO', address: 'csirt@vo.example', timeZone: 'UTC', country: 'EU' }]

beforeAll(async () => {
  calls = await openCalls()
  run = await launchedRun(calls, { seed: 1, run: { parties } })
})
afterAll(async () => calls?.close())

async function told(type: string, stream = challengeStream(run, 'SITE-0')): Promise<ChallengeEvent[]> {
  const events = (await (await calls.instance()).store.readStream(stream)) as ChallengeEvent[]
  return events.filter((event) => event.type === type)
}

describe('ssc override', () => {
  const override = (...more: string[]) => calls.call('override', run, '--by', 'Ada', ...more)
  const headsUp = ['--site', 'SITE-0', '--expectation', 'heads-up']

  test('given a light, when it is decided otherwise, then what it was and what it is now is said, and both stay visible', async () => {
    const { status, out } = await override(...headsUp, '--light', 'amber', '--points', '12.5', '--reason', 'they\ncalled')
    expect(status).toBe(0)
    expect(out).toMatch(/It was: +pending, up to 40 points[\s\S]*It is now: amber, 12\.5 of 40 points: decided by Ada: they called/)
    const [score] = JSON.parse((await calls.call('score', run, '--site', 'SITE-0', '--json')).out).scores
    expect(score).toMatchObject({ expectation: 'heads-up', light: 'amber', points: 12.5, computed: { light: 'pending', points: null } })
    const again = JSON.parse((await override(...headsUp, '--light', 'grey', '--reason', 'not known after all', '--json')).out)
    expect([again.before.light, again.after.light, again.after.points]).toEqual(['amber', 'grey', null])
  })

  test('given a party, when its light is decided, then it stands in its log, worth all its points', async () => {
    const { status } = await override('--party', 'vo-Our_VO', '--expectation', 'suspended', '--light', 'green', '--reason', 'seen')
    expect(status).toBe(0)
    expect(await told('ScoreOverridden', partyStream(run, 'vo-Our_VO'))).toMatchObject([
      { data: { light: 'green', points: 60, by: 'Ada' } },
    ])
  })

  test('given much that is wrong, when it is decided, then all of it is said at once, and nothing is decided', async () => {
    const before = await told('ScoreOverridden')
    const { status, err } = await override(
      '--site',
      'SITE-0',
      '--expectation',
      'heads',
      '--light',
      'green',
      '--points',
      '-1',
      '--reason',
      ' ',
    )
    expect(status).toBe(2)
    expect(err).toMatch(/no 'heads'; there are: heads-up, contained[\s\S]*--points: give a number[\s\S]*--reason: say why/)
    for (const [more, words] of [
      [[...headsUp, '--light', 'green', '--points', '41'], '41 are too many, it is worth up to 40'],
      [[...headsUp, '--light', 'green', '--points', 'all'], '--points: give a number'],
      [[...headsUp, '--light', 'amber'], 'say how many an amber light is worth'],
      [[...headsUp, '--light', 'grey', '--points', '1'], 'what is not known has no points'],
      [['--expectation', 'heads-up', '--light', 'red'], 'either --site NAME or --party ID'],
      [['--site', 'NONE', '--expectation', 'heads-up', '--light', 'red'], 'NONE is not in the plan'],
    ] as const)
      expect(await override(...more, '--reason', 'r')).toMatchObject({ status: 2, err: expect.stringContaining(words) })
    expect(await told('ScoreOverridden')).toEqual(before)
  })
})

describe('ssc pause --site', () => {
  const pause = (...more: string[]) => calls.call('pause', run, '--site', 'SITE-1', '--by', 'Ada', ...more)
  const [from, until] = ['2027-01-12T08:00:00+01:00', '2027-01-13T08:00:00+01:00']
  const agreed = () => told('PauseAgreed', challengeStream(run, 'SITE-1'))

  test('given a time, when it is agreed twice, then it stands in the log of that site once, and the run goes on', async () => {
    for (let n = 0; n < 2; n += 1)
      expect(await pause('--from', from, '--until', until, '--reason', 'they move')).toMatchObject({
        status: 0,
        out: expect.stringContaining('from 2027-01-12 07:00:00 UTC until 2027-01-13 07:00:00 UTC'),
      })
    const data = { fromMs: Date.parse(from), untilMs: Date.parse(until), by: 'Ada', reason: 'they move' }
    expect((await agreed()).map((event) => event.data)).toEqual([data])
    expect((await calls.call('resume', run)).err).toContain('is not paused')
  })

  test.each([
    ['nothing of it', [], '--from is missing\n  - --until is missing\n  - --reason is missing'],
    ['a time that ends before it begins', ['--from', until, '--until', from, '--reason', 'r'], '--until: it is not after --from'],
    ['a year', ['--from', from, '--until', '2028-01-12T08:00:00Z', '--reason', 'r'], 'at most 90 days'],
    ['a time without a zone', ['--from', '2027-01-12T08:00', '--until', until, '--reason', 'r'], '--from needs a date, a time and a zone'],
  ])('given %s, then it is refused, and nothing is agreed', async (_, more, words) => {
    const before = await agreed()
    expect(await pause(...more)).toMatchObject({ status: 2, err: expect.stringContaining(words) })
    expect(await agreed()).toEqual(before)
  })

  test('given times without a site, then it is refused: the whole run has no end of its pause', async () => {
    expect(await calls.call('pause', run, '--from', from)).toMatchObject({ status: 2, err: expect.stringContaining('give --site') })
    expect((await calls.call('resume', run)).err).toContain('is not paused')
  })
})

describe('ssc note', () => {
  const note = (...more: string[]) => calls.call('note', run, '--site', 'SITE-2', '--text', 'they called', '--by', 'Ada', ...more)

  test('given that a site heard of it, when it is noted, then it stands in its log with its way and its time', async () => {
    const answer = await note('--heard-from', 'SITE-0', '--how', 'phone')
    expect(answer).toMatchObject({ status: 0, out: expect.stringContaining('word reached SITE-2 from SITE-0 (phone)') })
    const data = { from: 'SITE-0', how: 'phone', words: 'they called', by: 'Ada', happenedMs: expect.any(Number) }
    expect((await told('WordReached', challengeStream(run, 'SITE-2'))).map((event) => event.data)).toEqual([data])
  })

  test.each(['downtime', 'vo-contacted', 'assessed'])('given a note that stands for %s, then it is taken', async (fulfils) => {
    expect(await note('--fulfils', fulfils)).toMatchObject({ status: 0 })
    expect((await told('OfficerNoted', challengeStream(run, 'SITE-2'))).at(-1)?.data).toMatchObject({ fulfils })
  })

  test.each([
    ['a way without a source', ['--how', 'phone'], '--how goes with --heard-from'],
    ['two things in one', ['--heard-from', 'csirt', '--fulfils', 'heads-up'], 'one note tells one thing'],
    ['itself', ['--heard-from', 'SITE-2'], 'from itself'],
    ['somebody who takes no part', ['--heard-from', 'NONE'], 'NONE takes no part'],
    ['a time to come', ['--heard-from', 'csirt', '--at', '2099-01-01T00:00:00Z'], 'still to come'],
  ])('given %s, then it is refused', async (_, more, words) => {
    expect(await note(...more)).toMatchObject({ status: 2, err: expect.stringContaining(words) })
  })
})

describe('a run that is paused', () => {
  test('given a deadline within the pause, when an officer asks for the lights, then no clock has run out, as in the report', async () => {
    const { store } = await calls.instance()
    const stream = challengeStream(run, 'SITE-2')
    const data = { effect: 'e', mail: 'alert', letter: 'alert', role: 'site', messageId: 'm', answer: '250' } as const
    const paused = { by: 'Ada', reason: 'a storm', because: 'officer' } as const
    const lightLater = async () => {
      const state = await readLaunchedRun(store, run)
      const clock = { now: () => Date.now() + 30 * 86_400_000 } as Core['clock']
      const scores = await readScores({ store, clock }, state, plannedSite(state, 'SITE-2'))
      return scores.find(({ expectation }) => expectation === 'heads-up')?.light
    }
    await store.commit({ run, facts: [{ stream, type: 'AgentSeen', data: { host: 'wn1', pid: 1 } }] })
    await store.commit({ run, facts: [{ stream, type: 'MailAccepted', data }] })
    expect(await lightLater()).toBe('red')
    await store.commit({ run, facts: [{ stream: runStream(run), type: 'RunPaused', data: paused }] })
    expect(await lightLater()).toBe('pending')
  })
})
