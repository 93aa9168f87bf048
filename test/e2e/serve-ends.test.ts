import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { processesIn, ssc, waitUntil } from '../services/process.ts'
import { jobsBegun } from './accounts.ts'
import type { Place } from './place.ts'
import { approvedRun, servingPlace, startServe, statusOf } from './serving.ts'
import { type Sink, startSink } from './sink.ts'

let sink: Sink

beforeAll(async () => {
  sink = await startSink()
})

afterAll(async () => sink.close())

function readyPlace(): Promise<Place> {
  return servingPlace(sink.port, { sites: 6, times: { heartbeatEvery: '1s', remindAfter: '1s' } })
}

describe('given a run that is launched and stopped at once', () => {
  let place: Place

  afterEach(async () => place.remove())

  test('when the stop comes into the middle, then not one thing leaves after it was answered', async () => {
    place = await readyPlace()
    const serve = await startServe(place)
    const run = await approvedRun(place)
    const mailsBefore = sink.taken.length
    sink.hang(true)
    await place.call(['launch', run])
    await waitUntil(() => sink.taken.length > mailsBefore, 'the first alert')
    let answered = false
    const stopping = place.call(['stop', run, '--json']).finally(() => {
      answered = true
    })
    await waitUntil(async () => (await statusOf(place, run)).phase === 'stopped', 'the stop')
    // What is at the mail server already cannot be held back: the answer waits for it.
    expect(answered).toBe(false)
    sink.hang(false)
    expect(JSON.parse((await stopping).out)).toMatchObject({ underWay: [] })
    const left = { mails: sink.taken.length, jobs: jobsBegun(place.home, run).length }
    await waitUntil(() => processesIn(join(place.home, 'work')).length === 0, 'the end of all agents')
    await waitUntil(async () => (await statusOf(place, run)).work.open <= 1, 'no work to be open')
    expect({ mails: sink.taken.length, jobs: jobsBegun(place.home, run).length }).toEqual(left)
    serve.kill('SIGTERM')
    expect(await serve.ended).toMatchObject({ code: 0 })
  })
})

describe('given a mail server that falls silent', () => {
  let place: Place

  afterEach(async () => {
    sink.hang(false)
    await place.remove()
  })

  test('when serve gets SIGTERM, then it ends soon, and the mails that were under way are uncertain', async () => {
    place = await readyPlace()
    const serve = await startServe(place)
    const run = await approvedRun(place)
    const before = sink.taken.length
    sink.hang(true)
    await place.call(['launch', run])
    await waitUntil(() => sink.taken.length > before, 'the first alert')
    const asked = Date.now()
    serve.kill('SIGTERM')
    expect(await serve.ended).toEqual({ code: 0, signal: null })
    expect(Date.now() - asked).toBeLessThan(20_000)
    sink.hang(false)
    const taken = sink.taken.slice(before)
    await startServe(place)
    await waitUntil(async () => (await statusOf(place, run)).mails.accepted >= 6 - taken.length, 'the other alerts')
    const { work } = await statusOf(place, run)
    expect(work.unsure.filter((id) => id.endsWith('.alert')).length).toBe(taken.length)
    const all = sink.taken.slice(before).map((mail) => mail.messageId)
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('given a folder that only one process may have', { skip: process.env.DATABASE_URL !== undefined }, () => {
  let place: Place

  beforeAll(async () => {
    place = await readyPlace()
  })

  afterAll(async () => place.remove())

  test('when one role alone is asked for, then it is refused and told why', async () => {
    const { code, err } = await place.run(['serve', '--role', 'worker'])
    expect(code).toBe(1)
    expect(err).toContain('set DATABASE_URL and REDIS_URL')
  })

  test('when the machine was restarted meanwhile, then serve wants an officer to have looked', async () => {
    await place.look(({ store }) => store.putDocument('boot', '00000000-0000-0000-0000-000000000000'))
    const { code, err } = await place.run(['serve'])
    expect(code).toBe(1)
    expect(err).toContain('serve --checked')
    const serve = await startServe(place, '--checked')
    serve.kill('SIGTERM')
    expect(await serve.ended).toMatchObject({ code: 0 })
    const again = await startServe(place)
    again.kill('SIGTERM')
    expect(await again.ended).toMatchObject({ code: 0 })
  })

  test('when the path of the folder is too long for a socket, then serve says so', async () => {
    const home = join(place.home, 'x'.repeat(120))
    mkdirSync(home)
    writeFileSync(join(home, 'config.yaml'), readFileSync(join(place.home, 'config.yaml')))
    const { code, err } = await ssc(['serve'], { env: { ...place.env, SSC_HOME: home } })
    expect([code, err]).toEqual([2, expect.stringContaining('too long')])
  })
})
