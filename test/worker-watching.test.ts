import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createEngine } from '../core/app/engine.ts'
import { type Config, readConfig } from '../core/config.ts'
import { createReach } from '../core/context.ts'
import { examine } from '../core/doctor.ts'
import { challengeStream } from '../core/domain/event.ts'
import { type Instance, openInstance, queueOf } from '../core/instance.ts'
import { joinDeps } from '../core/worker.ts'
import { inWindow } from './app/gating.ts'
import { alertSite, runThatWaits } from './app/rounds-rig.ts'
import { freshDatabase, freshHome } from './services/homes.ts'

const { home, remove } = freshHome()
const hand = { now: inWindow }
const table = readFileSync(new URL('io/fixtures/pakiti/hosts.csv', import.meta.url))
const asked: string[] = []
const database = await freshDatabase()
let server: Server
let instance: Instance
let config: Config

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url!)
    response.setHeader('content-type', 'text/csv; charset=utf-8').end(table)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  writeFileSync(join(home, 'config.yaml'), `pakiti: { url: '${url}' }\ngocdb: { url: 'https://127.0.0.1:1/gocdbpi' }\n`)
  config = readConfig({ SSC_HOME: home, DATABASE_URL: database?.url, REDIS_URL: process.env.REDIS_URL }, home)
  instance = await openInstance(config, { now: () => hand.now, wall: Date.now })
})

afterAll(async () => {
  await instance.close()
  await database?.drop()
  await new Promise((done) => server.close(done))
  remove()
})

test('given a run that waits for packages and a Pakiti in config.yaml, when its first round is due, then what Pakiti shows is in the log', async () => {
  const { store } = instance
  const run = await runThatWaits(store, 'packages')
  const stream = challengeStream(run.plan.id, 'DE-ONE')
  await store.commit({ run: run.plan.id, facts: [{ stream, type: 'AgentSeen', data: { host: 'wn', pid: 1 } }] })
  await alertSite(store, run, 'DE-ONE')
  const reach = createReach(config)
  const mailer = { host: '127.0.0.1', send: async () => 'never called', close: () => {} }
  const plugins = { submitters: new Map(), probers: new Map() }
  const deps = joinDeps(instance, { mailer, plugins, reach, templates: [], listenerUrls: [], log: () => {} })
  const signal = AbortSignal.timeout(20_000)
  const wants = { downtimes: true, certifications: false }
  expect(deps.gocdb?.host).toBe('127.0.0.1')
  await expect(deps.gocdb!.ask({ sites: new Set(), sinceMs: inWindow, wants, signal })).rejects.toThrow(/get_downtime page 1/)
  const queue = queueOf(instance, 'watching', () => {})
  const engine = createEngine(deps, queue)
  engine.start(2)
  try {
    await engine.tick(run.plan.id)
    expect(asked).toEqual([])
    hand.now += run.scenario.watch.every + 1
    await engine.tick(run.plan.id)
    const seen = await vi.waitFor(
      async () => {
        const found = (await store.readStream(stream)).find(({ type }) => type === 'PackagesSeen')
        expect(found).toBeDefined()
        return found!
      },
      { timeout: 20_000 },
    )
    expect(seen.data).toMatchObject({ hosts: 2, reportedMs: Math.min(Date.parse('2027-01-12T04:30:00Z'), hand.now) })
    expect(asked).toEqual(['/api/hosts.php?hostGroup=DE-ONE&activity=3d'])
  } finally {
    await engine.close()
    await reach.close()
  }
})

test('given a Pakiti on this machine, when the set-up is examined, then it is asked; one elsewhere is not', async () => {
  const lineOf = async (pakiti: Config['pakiti']) =>
    (await examine({ ...config, pakiti }, async () => instance)).find(({ what }) => what === 'Pakiti')
  expect(await lineOf(config.pakiti)).toEqual({ what: 'Pakiti', problem: null })
  expect(asked.at(-1)).toBe('/api/hosts.php?hostGroup=check&activity=0d')
  const far = await lineOf({ url: 'https://pakiti.example', timeZone: 'UTC' })
  expect(far).toEqual({ what: 'Pakiti', problem: null, notAsked: [expect.stringMatching(/would reach pakiti\.example/)] })
  expect(await lineOf({ url: 'http://127.0.0.1:1', timeZone: 'UTC' })).toMatchObject({ problem: expect.stringMatching(/refused|connect/i) })
})
