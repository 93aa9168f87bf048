import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunFact } from '../../core/domain/event.ts'
import { runStream } from '../../core/domain/event.ts'
import { type Calls, openCalls } from './calls.ts'
import { launchedRun, plannedRun, seen, submitted, tell } from './control-run.ts'

let calls: Calls

beforeAll(async () => {
  calls = await openCalls()
})
afterAll(async () => calls?.close())

async function facts(run: string, type: RunFact['type']): Promise<unknown[]> {
  const { store } = await calls.instance()
  return (await store.readStream(runStream(run))).filter((one) => one.type === type).map((one) => one.data)
}

describe('ssc approve and ssc launch', () => {
  test('given the planner, then neither is taken, whatever the spelling, and it is said who has to do it', async () => {
    const run = await plannedRun(calls, { seed: 1 })
    for (const by of ['planner', ' PLANNER '])
      expect(await calls.call('approve', run, '--by', by)).toMatchObject({
        status: 1,
        out: '',
        err: expect.stringContaining('a second person'),
      })
    expect(await calls.call('launch', run, '--by', 'Ben')).toMatchObject({ status: 1, err: expect.stringContaining(`ssc approve ${run}`) })
    expect(await calls.call('approve', run, '--by', 'Ben')).toMatchObject({ status: 0, out: expect.stringContaining(`ssc launch ${run}`) })
    expect(await calls.call('launch', run, '--by', 'planner')).toMatchObject({ status: 1, err: expect.stringContaining('a second person') })
    expect(await calls.call('launch', run, '--by', 'Ben')).toMatchObject({ status: 0, err: '' })
    expect(await facts(run, 'RunLaunched')).toMatchObject([{ by: 'Ben' }])
  })

  test('given canaries, then the rest goes on the word of an officer, once', async () => {
    const run = await plannedRun(calls, { seed: 2, run: { canaries: 1 } })
    expect(await calls.call('launch', run, '--rest')).toMatchObject({ status: 1, err: expect.stringContaining('was not launched') })
    await calls.call('approve', run, '--by', 'Ben')
    expect((await calls.call('launch', run, '--by', 'Ben')).out).toContain('Canaries first (1)')
    expect((await calls.call('status', run)).out).toContain('Canaries:   0 of 1 seen; 2 sites wait behind them')
    const rest = await calls.call('launch', run, '--rest', '--by', 'Cleo', '--reason', 'the canary sits behind a wall')
    expect(rest).toMatchObject({ status: 0, out: expect.stringContaining('the other 2 sites') })
    expect(await facts(run, 'WaveOpened')).toEqual([{ by: 'Cleo', reason: 'the canary sits behind a wall' }])
    expect(await calls.call('launch', run, '--rest')).toMatchObject({ status: 1, err: expect.stringMatching(/let go already, at .* UTC/) })
    const { wave } = JSON.parse((await calls.call('status', run, '--json')).out)
    expect(wave).toMatchObject({ canaries: 1, seen: 0, waiting: 0, openedMs: expect.any(Number) })
  })

  test('given no canaries, then there is no rest', async () => {
    const run = await launchedRun(calls, { seed: 3 })
    expect(await calls.call('launch', run, '--rest')).toMatchObject({ status: 1, err: expect.stringContaining('has no canaries') })
  })
})

describe('ssc consent', () => {
  const basis = { consent: { basis: 'site' as const, by: 'Officer' } }

  test('given a run where each site must agree, then it shows who is missing, and what was said by whom and when', async () => {
    const run = await plannedRun(calls, { seed: 4, run: basis })
    expect((await calls.call('consent', run)).out).toMatch(/SITE-0 +NGI_DE +missing: that of SITE-0 +-\n[\s\S]*3 missing: their work waits/)
    const times = ['--from', '2027-01-11T08:00:00+01:00', '--to', '2099-01-12T08:00:00Z']
    expect(await calls.call('consent', run, '--site', 'SITE-0', '--by', 'Jane, SITE-0')).toMatchObject({ status: 0, err: '' })
    expect(await calls.call('consent', run, '--site', 'SITE-1', '--by', 'Joe', ...times)).toMatchObject({ status: 0, err: '' })
    const { out } = await calls.call('consent', run)
    expect(out).toMatch(/SITE-0 +NGI_DE +given +Jane, SITE-0 \(site SITE-0\) yes, said at \S+ \S+ UTC/)
    expect(out).toMatch(/SITE-1 .* from 2027-01-11 07:00:00 UTC to 2099-01-12 08:00:00 UTC/)
    expect(out).toContain('1 missing')
    expect((await facts(run, 'ConsentGiven'))[0]).toEqual({ of: { site: 'SITE-0' }, by: 'Jane, SITE-0', recordedBy: 'tester' })
    expect((await calls.call('status', run)).out).toContain(`Consent:    missing for SITE-2 (ssc consent ${run})`)
  })

  test('given a withdrawal by the NGI, then all of its sites are out, and the agents are told', async () => {
    const run = await launchedRun(calls, { seed: 5 })
    const withdrawn = await calls.call('consent', run, '--ngi', 'NGI_DE', '--by', 'Jane', '--withdraw', '--reason', 'an upgrade')
    expect(withdrawn).toMatchObject({ status: 0, out: expect.stringContaining('3 sites') })
    const { sites } = JSON.parse((await calls.call('consent', run, '--json')).out)
    expect(sites.map((one: { is: string }) => one.is)).toEqual(['withdrawn', 'withdrawn', 'withdrawn'])
    expect((await (await calls.instance()).store.liveness(run)).map((job) => job.stop)).toEqual([true, true, true])
    expect((await calls.call('status', run)).out).toContain('Withdrawn:  SITE-0, SITE-1, SITE-2')
  })

  test('given words that do not fit, then nothing is written and each is named', async () => {
    const run = await plannedRun(calls, { seed: 6, run: basis })
    const cases: [words: string[], message: string][] = [
      [['--site', 'SITE-0'], '--by says who'],
      [['--by', 'Jane'], '--site NAME or --ngi NAME'],
      [['--site', 'SITE-0', '--ngi', 'NGI_DE', '--by', 'J'], 'either --site or --ngi'],
      [['--site', 'SITE-9', '--by', 'J'], 'It has: SITE-0, SITE-1, SITE-2'],
      [['--ngi', 'NGI_FR', '--by', 'J'], 'It has: NGI_DE'],
      [['--site', 'SITE-0', '--by', 'J', '--from', '2027-01-11T08:00:00'], '--from needs a date, a time and a zone'],
      [['--site', 'SITE-0', '--by', 'J', '--from', '2027-01-12T00:00:00Z', '--to', '2027-01-11T00:00:00Z'], 'ends before it begins'],
      [['--site', 'SITE-0', '--by', 'J', '--withdraw'], '--withdraw needs --reason'],
      [['--site', 'SITE-0', '--by', 'J', '--reason', 'x'], '--reason goes with --withdraw'],
      [['--site', 'SITE-0', '--by', 'J', '--withdraw', '--reason', 'x', '--to', '2027-01-11T00:00:00Z'], 'leave --from and --to away'],
    ]
    for (const [words, message] of cases) {
      const { status, out, err } = await calls.call('consent', run, ...words)
      expect({ words, status, out }).toEqual({ words, status: 2, out: '' })
      expect(err).toContain(message)
    }
    expect(await facts(run, 'ConsentGiven')).toEqual([])
    expect(await facts(run, 'ConsentWithdrawn')).toEqual([])
  })
})

describe('ssc task and ssc traces', () => {
  test('given orders for some and for all, then each agent has its own, and a stranger in the list stops all of it', async () => {
    const run = await launchedRun(calls, { seed: 7 })
    const ordered = async () => {
      const events = await (await calls.instance()).store.readRun(run)
      return events.flatMap((one) => (one.type === 'TaskOrdered' ? [[one.stream.split('/')[2], one.data]] : []))
    }
    const cases: [words: string[], message: string][] = [
      [['mark', '1'], '--site NAME..., or --all-sites'],
      [['mark', '1', '--site', 'SITE-0', '--all-sites'], '--site NAME..., or --all-sites'],
      [['mark', '1', '--site', 'SITE-0', 'SITE-8', 'SITE-9'], '- SITE-8\n  - SITE-9'],
      [['mark', '99', '--all-sites'], "'mark' needs a number from 1 to 9"],
      [['mark', 'one', '--all-sites'], "'one' is not"],
      [['frobnicate', '--all-sites'], 'Allowed choices are idle, report'],
    ]
    for (const [words, message] of cases) {
      const { status, out, err } = await calls.call('task', run, ...words)
      expect({ words, status, out }).toEqual({ words, status: 2, out: '' })
      expect(err).toContain(message)
    }
    for (const words of [
      ['contact', '1'],
      ['move-listener', '2'],
    ])
      expect(await calls.call('task', run, ...words, '--all-sites')).toMatchObject({
        status: 1,
        out: '',
        err: expect.stringMatching(/cannot be done: the run was launched with [01] /),
      })
    expect(await ordered()).toEqual([])
    expect((await calls.call('task', run, 'mark', '2', '--site', 'SITE-0', 'SITE-2')).out).toContain('Ordered: mark 2, at 2 sites')
    expect((await calls.call('task', run, 'report', '--all-sites', '--by', 'Ada')).out).toContain('at 3 sites')
    expect(await ordered()).toEqual(
      expect.arrayContaining([
        ['SITE-0', { id: expect.any(String), by: 'tester', do: 'mark', number: 2 }],
        ['SITE-1', { id: expect.any(String), by: 'Ada', do: 'report' }],
        ['SITE-2', { id: expect.any(String), by: 'Ada', do: 'report' }],
      ]),
    )
  })

  test('given a challenge, then the key has what was planned and what was seen, and draws nothing on the terminal', async () => {
    const run = await launchedRun(calls, { seed: 8 })
    expect((await calls.call('traces', run, '--site', 'SITE-1')).out).toMatch(
      /Planned\n {2}Identity: +\/DC=[\s\S]*Observed\n {2}Nothing yet/,
    )
    const evil = { ...submitted, data: { effect: 'e', nativeId: 'n\u001b[2J7' } } as typeof submitted
    const report = { uid: '1000', batchJob: '77', folder: '' }
    const signed = { type: 'TaskSigned', data: { effect: 'x', sequence: 5, expires: 9, do: 'contact', number: 1 } } as const
    const answers = [
      { type: 'TaskReported', data: { task: 5, outcome: 'done', number: 200 } },
      { type: 'TaskReported', data: { task: 6, outcome: 'done', report } },
      { type: 'TaskReported', data: { task: 0, outcome: 'refused', why: 'forged' } },
    ] as const
    await tell(calls, run, 'SITE-1', evil, seen, signed, ...answers)
    const { out } = await calls.call('traces', run, '--site', 'SITE-1')
    expect(out).toContain('took the job as n?[2J7')
    expect(out).toContain('first seen, on wn001.example, process 4711')
    expect(out).toMatch(/UTC +contact 1: done \(HTTP 200\)\n/)
    expect(out).toContain('done (uid 1000, batch job 77, folder unknown)')
    expect(out).toContain('refused (forged)')
    const { planned, observed } = JSON.parse((await calls.call('traces', run, '--site', 'SITE-1', '--json')).out)
    expect(planned).toMatchObject({ label: `ssc-${run}-SITE-1`, payloadHash: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(observed).toMatchObject({ agent: { host: 'wn001.example' }, tasks: [{ task: 5, number: 200 }, { task: 6 }, { task: 0 }] })
    expect(await calls.call('traces', run, '--site', 'SITE-9')).toMatchObject({ status: 2, err: expect.stringContaining('It has: SITE-0') })
  })
})
