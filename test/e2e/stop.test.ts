import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openStopFile } from '../../core/io/stop-file.ts'
import { processesIn, type Started, waitUntil } from '../services/process.ts'
import { jobsBegun } from './accounts.ts'
import { makePlace, type Place } from './place.ts'
import { approvedRun, servingPlace, startServe, statusOf } from './serving.ts'
import { type Sink, startSink } from './sink.ts'

const SITES = 3

describe('given `serve` with agents that live', () => {
  let sink: Sink
  let place: Place
  let serve: Started

  beforeAll(async () => {
    sink = await startSink()
    place = await servingPlace(sink.port, { sites: SITES, times: { heartbeatEvery: '1s' } })
    serve = await startServe(place)
  }, 90_000)

  afterAll(async () => {
    serve?.kill('SIGCONT')
    await place?.remove()
    await sink?.close()
  })

  const agents = () => processesIn(join(place.home, 'work')).length

  async function launched(seed: number): Promise<string> {
    const run = await approvedRun(place, seed)
    expect(await place.call(['launch', run])).toMatchObject({ code: 0, err: '' })
    await waitUntil(async () => (await statusOf(place, run)).mails.accepted >= SITES, 'all alerts', { everyMs: 200 })
    return run
  }

  test('when it is stopped and watched, then all are confirmed, and the word lies in the file', async () => {
    const run = await launched(1)
    const { code, out, err } = await place.run(['stop', run, '--by', 'Ada', '--reason', 'enough', '--watch'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('by Ada: enough')
    expect(out).toMatch(new RegExp(`${SITES} of ${SITES} confirmed stopped, .* All have ended.\n$`))
    expect(openStopFile(place.home).haltOf(run)).toContain('enough')
    await waitUntil(() => agents() === 0, 'the end of all agents')
  })

  test('when it hangs, then the file is written all the same, it is said what holds, and the stop is taken later', async () => {
    const run = await launched(2)
    serve.kill('SIGSTOP')
    const { code, out, err } = await place.run(['stop', run, '--by', 'Ada', '--reason', 'it hangs'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/did not answer within 10 s\nWhat holds: nothing of .* passes the gate/)
    expect(err).toContain(join(place.home, 'stop-lines', run))
    expect(openStopFile(place.home).haltOf(run)).toContain('it hangs')
    serve.kill('SIGCONT')
    await waitUntil(async () => (await statusOf(place, run)).phase === 'stopped', 'the stop in the log', { everyMs: 200 })
    await waitUntil(() => agents() === 0, 'the end of all agents')
  })

  test('when somebody puts an empty file there, then nothing more is sent, every agent ends and the log knows it', async () => {
    const run = await launched(3)
    writeFileSync(join(place.home, 'STOP'), '')
    const before = { jobs: jobsBegun(place.home, run).length }
    await waitUntil(async () => (await statusOf(place, run)).phase === 'stopped', 'the stop in the log', { everyMs: 200 })
    await waitUntil(() => agents() === 0, 'the end of all agents')
    expect({ jobs: jobsBegun(place.home, run).length }).toEqual(before)
    expect((await place.call(['stop', run])).out).toContain('by somebody: no reason was given')
    const another = await approvedRun(place, 4)
    expect(await place.call(['launch', another])).toMatchObject({ code: 1, err: expect.stringContaining('stops all runs') })
  })
})

describe('given no store at all', () => {
  let place: Place | undefined

  afterEach(async () => place?.remove())

  test('when a run is stopped, then the file alone is written, and it is said what holds and what does not', async () => {
    place = await makePlace()
    place.env.DATABASE_URL = 'postgres://nobody@127.0.0.1:1/none'
    const { code, out, err } = await place.run(['stop', 'r-1', '--by', 'Ada', '--reason', 'the store is gone'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(
      /What holds: nothing of r-1 passes the gate on this machine any more\.[\s\S]*Workers on other machines go on[\s\S]*ssc stop r-1\n$/,
    )
    expect(readFileSync(join(place.home, 'STOP'), 'utf8')).toMatch(/^r-1 # \S+ by Ada: the store is gone\n$/)
  })

  test('when the settings cannot be read, then the file is written before that is found', async () => {
    place = await makePlace()
    writeFileSync(join(place.home, 'config.yaml'), 'listener: [')
    expect(await place.run(['stop', '--all'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/config\.yaml[\s\S]*The word in the file STOP stands/),
    })
    expect(openStopFile(place.home).haltOf('any')).toContain('all runs')
  })
})
