import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runStream } from '../../core/domain/event.ts'
import { openStopFile, openStopLines } from '../../core/io/stop-file.ts'
import { type Calls, openCalls } from './calls.ts'
import { farewell, launchedRun, plannedRun, seen, submitted, tell } from './control-run.ts'

let calls: Calls

beforeEach(async () => {
  calls = await openCalls()
})
afterEach(async () => calls?.close())

async function stops(run: string): Promise<unknown[]> {
  const events = await (await calls.instance()).store.readStream(runStream(run))
  return events.flatMap((one) => (one.type === 'RunStopped' ? [one.data] : []))
}

function haltOf(run: string): string | undefined {
  return openStopFile(calls.home).haltOf(run)
}

describe('ssc stop', () => {
  test('given one of two runs, then its word and its fact stand, the other goes on, and a second stop tells how things stand', async () => {
    const [one, other] = [await launchedRun(calls, { seed: 1 }), await launchedRun(calls, { seed: 2 })]
    const stopped = await calls.call('stop', one, '--by', 'Ada', '--reason', 'enough: # for today')
    expect(stopped).toMatchObject({ status: 0, err: '', out: expect.stringMatching(/since .* UTC, by Ada: enough: # for today/) })
    const again = await calls.call('stop', one, '--by', 'Ben', '--reason', 'me too', '--json')
    expect(JSON.parse(again.out)).toMatchObject({ run: one, by: 'Ada', reason: 'enough: # for today', agents: 0, underWay: [] })
    expect(await stops(one)).toEqual([{ by: 'Ada', reason: 'enough: # for today' }])
    expect(haltOf(one)).toContain('enough: # for today')
    expect([haltOf(other), await stops(other)]).toEqual([undefined, []])
    expect((await calls.call('status', one)).out).toMatch(/Stopped: +since .* UTC, by Ada/)
    expect(readFileSync(join(calls.home, 'STOP'), 'utf8').split('\n')).toHaveLength(2)
  })

  test('given --all, then every run under way is stopped, and none is launched until the file is gone', async () => {
    expect((await calls.call('stop', '--all')).out).toMatch(/No run was under way[\s\S]*rm .*STOP/)
    expect((await calls.call('launch', await approved(4), '--by', 'Ben')).err).toContain('STOP stops all runs')
    openStopFile(calls.home).remove('all')
    const runs = [await launchedRun(calls, { seed: 1 }), await launchedRun(calls, { seed: 2 })]
    const { runs: found, all } = JSON.parse((await calls.call('stop', '--all', '--by', 'Ada', '--reason', 'night', '--json')).out)
    expect(all).toBe(true)
    expect(found.map((one: { run: string }) => one.run).sort()).toEqual([...runs].sort())
    for (const run of runs) expect(await stops(run)).toEqual([{ by: 'Ada', reason: 'night' }])
  })

  async function approved(seed: number): Promise<string> {
    const run = await plannedRun(calls, { seed })
    await calls.call('approve', run, '--by', 'Ben')
    return run
  }

  test('given a name that no run has, then the word is taken out again, others stay, and the runs are named', async () => {
    const run = await launchedRun(calls, { seed: 1 })
    await calls.call('stop', run)
    const typo = await calls.call('stop', 'sss6-cms')
    expect(typo).toMatchObject({ status: 2, out: '', err: expect.stringContaining(`There are: ${run}.\nNothing was stopped.`) })
    expect([haltOf('sss6-cms'), haltOf('another')]).toEqual([undefined, undefined])
    expect(haltOf(run)).toBeDefined()
  })

  test('given a run that the store forgot, then it stays stopped, as it was launched from here', async () => {
    await calls.instance()
    openStopLines(calls.home).keep('old-1', 'ssc-stop 1 old-1 x')
    expect(await calls.call('stop', 'old-1')).toMatchObject({ status: 2, err: expect.stringContaining('its word stays') })
    expect(haltOf('old-1')).toBeDefined()
  })

  test('given words that do not say what to stop, then nothing is written', async () => {
    for (const words of [[], ['r-1', '--all'], ['all'], ['../etc'], ['r 1'], ['-x'], ['r-1', '--reasn', 'x'], ['r-1', 'r-2']]) {
      const { status, out, err } = await calls.call('stop', ...words)
      expect({ words, status, out }).toEqual({ words, status: 2, out: '' })
      expect(err).not.toBe('')
    }
    expect(existsSync(join(calls.home, 'STOP'))).toBe(false)
  })

  test('given a store that fails, then it is said what holds, what does not, and what to do', async () => {
    const run = await launchedRun(calls, { seed: 1 })
    const { store } = await calls.instance()
    store.commit = async () => Promise.reject(new Error('the disk is on\u001b[31m fire'))
    const { status, out, err } = await calls.call('stop', run)
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toContain('ssc: the disk is on?[31m fire\nWhat holds: nothing of ')
    expect(err).toContain(`${join(calls.home, 'stop-lines', run)} at http://127.0.0.1:8471/v1/stop/${run}\n`)
    expect(err).toContain(`Say it again when the store is back: ssc stop ${run}`)
    expect(haltOf(run)).toBeDefined()
  })

  test('given a file that cannot be written, then the store stops it all the same, and the status tells', async () => {
    const run = await launchedRun(calls, { seed: 1 })
    mkdirSync(join(calls.home, 'STOP'))
    const { status, err } = await calls.call('stop', run, '--by', 'Ada', '--reason', 'enough')
    expect({ status, err }).toEqual({
      status: 1,
      err: expect.stringMatching(/STOP could not be written \(EISDIR.*the store is asked all the same/),
    })
    expect(await stops(run)).toEqual([{ by: 'Ada', reason: 'enough' }])
  })
})

describe('ssc stop --watch', () => {
  test('given agents that end in every way, then each change is told, and it ends when all have', async () => {
    const run = await launchedRun(calls, { seed: 1, sites: 4 })
    await tell(calls, run, 'SITE-0', submitted, seen, farewell)
    await tell(calls, run, 'SITE-1', submitted, { type: 'JobStateSeen', data: { state: 'cancelled', native: 'X' } })
    await tell(calls, run, 'SITE-2', submitted, seen)
    let over = false
    const watching = calls.call('stop', run, '--watch', '--json').finally(() => (over = true))
    await expect.poll(async () => (await stops(run)).length).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(over).toBe(false)
    await tell(calls, run, 'SITE-2', farewell)
    const { status, out } = await watching
    const [stopped, ...changes] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(status).toBe(0)
    expect(stopped).toMatchObject({ run })
    const ends = (site: string) => changes.filter((one) => one.site === site)
    expect(ends('SITE-0')).toMatchObject([{ run, is: 'confirmed', by: 'farewell', word: 'told', atMs: expect.any(Number) }])
    expect(ends('SITE-1')).toMatchObject([{ is: 'confirmed', by: 'job system', word: 'cancelled' }])
    expect(ends('SITE-2').at(-1)).toMatchObject({ is: 'confirmed', by: 'farewell' })
    expect(ends('SITE-3')).toMatchObject([{ is: 'never started' }])
    const text = (await calls.call('stop', run, '--watch')).out
    expect(text).toMatch(/SITE-1: confirmed by the job system \(cancelled\) at \S+ \S+ UTC\n/)
    expect(text).toContain(
      '3 of 3 confirmed stopped, 0 told and not yet confirmed, 0 ended by themselves, 1 never started. All have ended.',
    )
    expect(await stops(run)).toHaveLength(1)
  })
})
