import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plannedSite, readChallenge, readLaunchedRun, streamOf } from '../../core/app/view.ts'
import { runStream } from '../../core/domain/event.ts'
import { workOfChallenge } from '../../core/domain/work.ts'
import { type Calls, openCalls } from './calls.ts'
import { hold, launchedRun, plannedRun, submitting, tell } from './control-run.ts'

let calls: Calls

beforeAll(async () => {
  calls = await openCalls()
})
afterAll(async () => calls?.close())

async function types(run: string): Promise<string[]> {
  return (await (await calls.instance()).store.readStream(runStream(run))).map((one) => one.type)
}

describe('ssc pause, resume and held', () => {
  test('given a pause, then status tells who, why and since when, and a second one changes nothing', async () => {
    const run = await launchedRun(calls, { seed: 1 })
    const paused = await calls.call('pause', run, '--by', 'Ada', '--reason', 'the mail server burns')
    expect(paused).toMatchObject({ status: 0, err: '', out: expect.stringMatching(/since .* UTC, by Ada: the mail server burns/) })
    expect((await calls.call('pause', run, '--by', 'Ben')).out).toContain('by Ada: the mail server burns')
    expect((await calls.call('status', run)).out).toMatch(/Paused: +since .* UTC, by Ada \(officer\): the mail server burns/)
    expect(JSON.parse((await calls.call('status', run, '--json')).out).pause).toMatchObject({ by: 'Ada', because: 'officer' })
  })

  test('given work that fell into it, then it goes out or drops on an officer word alone, piece by piece', async () => {
    const run = await launchedRun(calls, { seed: 2 })
    await calls.call('pause', run)
    for (const site of ['SITE-0', 'SITE-1', 'SITE-2']) await hold(calls, run, { id: `mail.${run}.${site}`, kind: 'send-mail', site })
    expect((await calls.call('held', run)).out).toMatch(
      /ID +WORK +SITE OR PARTY +WAS DUE\n[\s\S]*send-mail \(reminder\) +SITE-1 [\s\S]*ssc resume/,
    )
    expect((await calls.call('status', run)).out).toContain('Held:       3 that fell into a pause')
    expect(await calls.call('held', run, '--do', 'all')).toMatchObject({ status: 1, err: expect.stringContaining('still paused') })
    const resumed = await calls.call('resume', run, '--by', 'Ada', '--reason', 'the fire is out')
    expect(resumed).toMatchObject({ status: 0, out: expect.stringMatching(/3 pieces of work[\s\S]*ssc held/) })
    const unknown = await calls.call('held', run, '--do', 'no-1', `mail.${run}.SITE-0`, 'no-2')
    expect(unknown).toMatchObject({ status: 2, out: '', err: expect.stringMatching(/- no-1\n {2}- no-2/) })
    expect((await calls.call('held', run, '--do', `mail.${run}.SITE-0`)).out).toContain('1 will be done')
    expect((await calls.call('held', run, '--drop', 'all', '--by', 'Ben')).out).toContain('2 dropped')
    expect((await calls.call('held', run)).out).toBe(`Nothing is held in ${run}.\n`)
    const events = await (await calls.instance()).store.readStream(runStream(run))
    const decided = events.flatMap((one) => (one.type === 'HeldDecided' ? [[one.data.effect, one.data.go, one.data.by]] : []))
    expect(decided.sort()).toEqual([
      [`mail.${run}.SITE-0`, true, 'tester'],
      [`mail.${run}.SITE-1`, false, 'Ben'],
      [`mail.${run}.SITE-2`, false, 'Ben'],
    ])
  })

  test('given what cannot be, then it is said and nothing happens', async () => {
    const planned = await plannedRun(calls, { seed: 3 })
    const run = await launchedRun(calls, { seed: 4 })
    const cases: [status: number, words: string[], message: string][] = [
      [1, ['pause', planned], 'was not launched'],
      [1, ['resume', run], 'is not paused'],
      [2, ['pause', 'nothing'], "there is no run 'nothing'"],
      [2, ['held', run, '--do', 'a', '--drop', 'b'], 'either --do or --drop'],
      [2, ['held', run, '--do', 'all', 'x'], 'either `all`'],
      [2, ['pause', run, '--by', ' '], '--by must be one line'],
      [2, ['no-drill', run], '--reason'],
    ]
    for (const [status, words, message] of cases) {
      const called = await calls.call(...words)
      expect({ words, status: called.status, out: called.out }).toEqual({ words, status, out: '' })
      expect(called.err).toContain(message)
    }
    expect(await types(run)).toEqual(['RunPlanned', 'RunApproved', 'RunLaunched'])
  })
})

describe('ssc no-drill', () => {
  test('given sites with a job, then the run is frozen and it is said how many are told', async () => {
    const run = await launchedRun(calls, { seed: 5 })
    await tell(calls, run, 'SITE-0', submitting)
    const frozen = await calls.call('no-drill', run, '--by', 'Ada', '--reason', 'stolen credentials at large')
    expect(frozen).toMatchObject({ status: 0, out: expect.stringMatching(/Frozen: [\s\S]*1 site is told by mail/) })
    expect((await calls.call('status', run)).out).toContain('by Ada (real incident): stolen credentials at large')
    const again = await calls.call('no-drill', run, '--by', 'Ben', '--reason', 'another one')
    expect(again).toMatchObject({ status: 1, out: '', err: expect.stringMatching(/frozen already, .* by Ada, .*stolen credentials/) })
    expect(await types(run)).toEqual(['RunPlanned', 'RunApproved', 'RunLaunched', 'RunPaused'])
    expect((await calls.call('resume', run)).out).toContain('no mail tells them that it goes on')
  })

  test('given a run that halted before, then the sites are told all the same, and it never went on in between', async () => {
    const run = await launchedRun(calls, { seed: 6 })
    await calls.call('pause', run, '--by', 'Ben', '--reason', 'lunch')
    await tell(calls, run, 'SITE-0', submitting)
    await calls.call('no-drill', run, '--by', 'Ada', '--reason', 'fire')
    expect(await types(run)).not.toContain('RunResumed')
    expect((await calls.call('status', run)).out).toContain('by Ada (real incident): fire')
    const { store } = await calls.instance()
    const state = await readLaunchedRun(store, run)
    const site = plannedSite(state, 'SITE-0')
    const told = workOfChallenge(state, site, await readChallenge(store, streamOf(state, site)))
    expect(told.map((one) => one.payload.mail)).toContain('real-incident')
  })
})
