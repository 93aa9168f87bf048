import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { serve } from '../../core/serve.ts'
import { processesIn, type Started, ssc, waitUntil } from '../services/process.ts'
import { jobsBegun } from './accounts.ts'
import type { Place } from './place.ts'
import { approvedRun, OPEN_AFTER_STOP, servingPlace, startServe, statusOf } from './serving.ts'
import { type Sink, startSink } from './sink.ts'

let sink: Sink

beforeAll(async () => {
  sink = await startSink()
})

afterAll(async () => sink.close())

/** Notices of a stopped run may come in between. */
const alerts = () => sink.taken.filter(({ messageId }) => messageId.startsWith('<ssc.alert.'))

describe('given `serve` and a mail server that does not answer', () => {
  let place: Place
  let serving: Started

  beforeAll(async () => {
    place = await servingPlace(sink.port, { sites: 6, times: { heartbeatEvery: '1s' } })
    serving = await startServe(place)
  })

  beforeEach(() => sink.hang(true))

  afterEach(() => sink.hang(false))

  afterAll(async () => place.remove())

  async function launched(seed: number): Promise<string> {
    const run = await approvedRun(place, seed)
    const before = alerts().length
    expect(await place.call(['launch', run])).toMatchObject({ code: 0 })
    await waitUntil(() => alerts().length > before, 'the first alert')
    return run
  }

  test('when a run is stopped in its middle, then the answer waits for what has left, and nothing leaves after it', async () => {
    const run = await launched(1)
    let answered = false
    const stopping = place.call(['stop', run, '--json']).finally(() => {
      answered = true
    })
    await waitUntil(async () => (await statusOf(place, run)).phase === 'stopped', 'the stop')
    expect(answered).toBe(false)
    sink.hang(false)
    expect(JSON.parse((await stopping).out)).toMatchObject({ underWay: [] })
    const left = { mails: sink.ordinary(), jobs: jobsBegun(place.home, run).length }
    await waitUntil(() => processesIn(join(place.home, 'work')).length === 0, 'the end of all agents')
    await waitUntil(async () => (await statusOf(place, run)).work.open <= OPEN_AFTER_STOP, 'no other work to be open')
    expect({ mails: sink.ordinary(), jobs: jobsBegun(place.home, run).length }).toEqual(left)
  })

  test('when serve gets SIGTERM, then it ends soon, and the mails that were under way are uncertain and not sent again', async () => {
    const before = alerts().length
    const run = await launched(2)
    const asked = Date.now()
    serving.kill('SIGTERM')
    expect(await serving.ended).toEqual({ code: 0, signal: null })
    expect(Date.now() - asked).toBeLessThan(20_000)
    sink.hang(false)
    const taken = alerts().slice(before)
    serving = await startServe(place)
    await waitUntil(async () => (await statusOf(place, run)).mails.accepted >= 6 - taken.length, 'the other alerts')
    const { work } = await statusOf(place, run)
    expect(work.unsure.filter((id) => id.endsWith('.alert'))).toHaveLength(taken.length)
    const all = alerts()
      .slice(before)
      .map((mail) => mail.messageId)
    expect(new Set(all).size).toBe(all.length)
  })
})

const onServers = process.env.DATABASE_URL !== undefined

describe.skipIf(onServers)('given a folder that only one process may have (skipped on servers: many may work there)', () => {
  let place: Place
  const log = () => {}

  beforeAll(async () => {
    place = await servingPlace(sink.port, { sites: 6, times: {} })
  })

  afterAll(async () => place.remove())

  test('when one role alone is asked for, or the machine was restarted meanwhile, then serve refuses and says what to do', () =>
    place.look(async (instance) => {
      await expect(serve(instance, { role: 'worker', checked: false, log })).rejects.toThrow('set DATABASE_URL and REDIS_URL')
      await instance.store.putDocument('boot', '00000000-0000-0000-0000-000000000000')
      for (let i = 0; i < 2; i++) await expect(serve(instance, { role: 'all', checked: false, log })).rejects.toThrow('serve --checked')
      for (const checked of [true, false]) await (await serve(instance, { role: 'all', checked, log })).close()
    }))

  test('when an address is taken by another program, then serve says which setting to change', () =>
    place.look(async (instance) => {
      for (const what of ['listener', 'operator', 'inbox'] as const) {
        const config = { ...instance.config, [what]: { ...instance.config[what], host: '127.0.0.1', port: sink.port } }
        const started = serve({ ...instance, config }, { role: 'all', checked: true, log })
        await expect(started).rejects.toThrow(`set ${what} in config.yaml`)
      }
    }))

  test('when the path of the folder is too long for a socket, then serve says so, before it does anything', async () => {
    const home = join(place.home, 'x'.repeat(120))
    const { code, err } = await ssc(['serve'], { env: { ...place.env, SSC_HOME: home } })
    expect([code, err]).toEqual([2, expect.stringContaining('too long')])
    expect(existsSync(home)).toBe(false)
  })
})
