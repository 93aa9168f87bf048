import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ChallengeEvent, partyStream } from '../../core/domain/event.ts'
import { type Calls, openCalls } from './calls.ts'
import { launchedRun, plannedRun } from './control-run.ts'

let calls: Calls
let run: string
const parties = [{ role: 'vo' as const, name: 'Our VO', address: 'csirt@vo.example', timeZone: 'UTC', country: 'EU' }]

beforeAll(async () => {
  calls = await openCalls()
  run = await launchedRun(calls, { seed: 1, run: { parties } })
})
afterAll(async () => calls?.close())

async function log(of: string): Promise<ChallengeEvent[]> {
  const { store } = await calls.instance()
  return (await store.readStream(partyStream(of, 'vo-Our_VO'))) as ChallengeEvent[]
}

const note = (...more: string[]) => calls.call('note', run, '--text', 'they called', '--by', 'Ada', ...more)

describe('ssc note', () => {
  test('given a party, when a note is taken, then it stands in its log, and its own lights are told', async () => {
    const accepted = { effect: 'e', mail: 'notification', letter: 'notification', role: 'vo', messageId: 'm', answer: '250' } as const
    const { store } = await calls.instance()
    await store.commit({ run, facts: [{ stream: partyStream(run, 'vo-Our_VO'), type: 'MailAccepted', data: accepted }] })
    const told = await note('--party', 'vo-Our_VO', '--fulfils', 'contained')
    expect(told).toMatchObject({ status: 0, out: expect.stringContaining(`ssc score ${run} --party vo-Our_VO --explain`) })
    expect((await log(run)).at(-1)).toMatchObject({ type: 'OfficerNoted', data: { by: 'Ada', text: 'they called', fulfils: 'contained' } })
    expect((await calls.call('score', run)).out).toMatch(/PARTY[\s\S]*vo-Our_VO +● green +The user is suspended in the VO/)
    const explained = await calls.call('score', run, '--party', 'vo-Our_VO', '--explain')
    expect(explained.out).toMatch(/\[GREEN\] {2}The user is suspended[\s\S]*Evidence: .* Noted by Ada \[contained\]: they called/)
    const { overall, scores } = JSON.parse((await calls.call('score', run, '--party', 'vo-Our_VO', '--json')).out)
    expect([overall, scores.length]).toEqual(['pending', 2])
    expect((await calls.call('status', run)).out).toMatch(/Parties: .*1 pending/)
    expect(await calls.call('verify', run)).toMatchObject({ status: 0 })
  })

  test('given a run that was not launched, when a note on a party is taken, then its log begins with the party', async () => {
    const early = await plannedRun(calls, { seed: 2, run: { parties } })
    expect(await calls.call('note', early, '--party', 'vo-Our_VO', '--text', 'we met')).toMatchObject({ status: 0 })
    expect((await log(early)).map((one) => one.type)).toEqual(['PartyPlanned', 'OfficerNoted'])
  })

  test.each([
    ['neither a site nor a party', [], 'give either --site or --party'],
    ['both of them', ['--site', 'SITE-0', '--party', 'vo-Our_VO'], 'give either --site or --party'],
    ['a party that takes no part', ['--party', 'vo-Other'], 'vo-Other takes no part'],
    ['what is still to come', ['--party', 'vo-Our_VO', '--at', '2999-01-01T00:00:00Z'], 'that is still to come'],
    ['a report of a party', ['--party', 'vo-Our_VO', '--fulfils', 'closure'], 'fulfils heads-up or contained, not closure'],
  ])('given %s, when a note is to be taken, then it is refused, and nothing is noted', async (_, more, words) => {
    const before = (await log(run)).length
    expect(await note(...more)).toMatchObject({ status: 2, err: expect.stringContaining(words) })
    expect(await log(run)).toHaveLength(before)
  })

  test('given a party of whom nothing is expected, when its score is asked for, then those are named that have one', async () => {
    expect(await calls.call('score', run, '--party', 'x')).toMatchObject({ status: 2, err: expect.stringContaining('vo-Our_VO') })
  })
})
