import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { Plan } from '../../core/domain/plan.ts'
import { freePorts, processesIn, type Started, waitUntil } from '../services/process.ts'
import { addScenario, configure, makePlace, type Place, writeRun } from './place.ts'
import { startServe, statusOf } from './serving.ts'
import { type Sink, startSink } from './sink.ts'

const HOUR_MS = 3_600_000

let sink: Sink
let place: Place
let serve: Started
let run: string
let sites: Plan['sites']

/** Three sites whose jobs are processes in folders, through a plug-in of the user's own: no rehearsal, all rules hold. */
beforeAll(async () => {
  sink = await startSink()
  place = await makePlace()
  const [listener = 0, operator = 0, inbox = 0] = await freePorts(3)
  configure(place, { listener, operator, inbox, smtp: sink.port })
  mkdirSync(join(place.home, 'submitters'))
  cpSync(join(import.meta.dirname, 'hut'), join(place.home, 'submitters/hut'), { recursive: true })
  const identities = { attacker: '/DC=example/CN=Mallory', control: '/DC=example/CN=Carol' }
  const register = Object.entries(identities).map(([kind, subject]) => ({ subject, kind, holder: 'the test' }))
  writeFileSync(join(place.home, 'identities.yaml'), stringify(register))
  const times = { heartbeatEvery: '1s', remindAfter: '1h', after: '1s,' }
  addScenario(place, 'quick', (text) =>
    Object.entries(times).reduce(
      (changed, [name, value]) => changed.replaceAll(new RegExp(`\\b${name}: [^,\\n]*,?`, 'g'), `${name}: ${value}`),
      text,
    ),
  )
  const window = { from: new Date(Date.now() - HOUR_MS).toISOString(), to: new Date(Date.now() + HOUR_MS).toISOString() }
  const wish = { scenario: 'quick', sites: 3, countries: 3, window, alertAnyTime: true }
  const consent = { basis: 'ngi', by: 'EGI CSIRT' }
  writeRun(place, { ...wish, ...{ rehearsal: false, submitters: ['hut'], identities, consent, canaries: 1 } })
  serve = await startServe(place)
}, 90_000)

afterAll(async () => {
  await place.remove()
  await sink.close()
})

async function ok(...argv: string[]): Promise<string> {
  const { code, out, err } = await place.call(argv, place.home)
  expect({ code, err }).toMatchObject({ code: 0 })
  return out
}

async function refused(...argv: string[]): Promise<string> {
  const { code, err } = await place.call(argv, place.home)
  expect(code).toBe(1)
  return err
}

function folderOf(site: string): string {
  return join(place.home, 'work', run, 'hut', `ssc-${run}-${site}`)
}

const marker = (site: string, n: number) => join(folderOf(site), `ssc-exercise-marker-${n}`)
const everySite = (holds: (site: string) => boolean) => sites.every(({ name }) => holds(name))

describe('given a run that is no rehearsal', () => {
  test('when the one who planned it approves or launches, then a second person is asked for', async () => {
    const planned = JSON.parse(await ok('plan', 'run.yaml', '--by', 'Alice', '--json')) as { run: string; sites: Plan['sites'] }
    ;({ run, sites } = planned)
    expect(await refused('approve', run, '--by', ' alice ')).toContain('a second person')
    expect(await refused('launch', run, '--by', 'Bob')).toContain('not approved')
    await ok('approve', run, '--by', 'Bob')
    expect(await refused('launch', run, '--by', 'ALICE')).toContain('a second person')
    await ok('launch', run, '--by', 'Bob')
  })

  test('when nobody of the NGIs has consented, then no job leaves; when they do, the canary goes first', async () => {
    await waitUntil(async () => (await statusOf(place, run)).work.open > 0, 'the work to be known', { everyMs: 200 })
    expect((await statusOf(place, run)).jobs.submitted).toBe(0)
    for (const { ngi } of sites) await ok('consent', run, '--ngi', ngi, '--by', `Jane of ${ngi}`)
    await waitUntil(async () => (await statusOf(place, run)).jobs.seen === 3, 'all agents to be seen', { everyMs: 200 })
    const { canaries } = await place.call(['report', run, '--format', 'json']).then(({ out }) => orderOf(out))
    expect(canaries).toHaveLength(1)
  })

  test('when the scenario and an officer have agents do something, then they do it, and it stands in the answer key', async () => {
    await waitUntil(() => everySite((site) => existsSync(marker(site, 1))), 'the markers of the scenario')
    await ok('task', run, 'mark', '2', '--all-sites', '--by', 'Bob')
    await waitUntil(() => everySite((site) => existsSync(marker(site, 2))), 'the markers of the officer')
    expect(await refused('task', run, 'load', '5', '--all-sites')).toContain('limit')
    const site = sites[0]!.name
    const traces = async () => ok('traces', run, '--site', site)
    await waitUntil(async () => (await traces()).includes(folderOf(site)), 'the report of the agent', { everyMs: 200 })
    expect(await traces()).toContain('ssc-exercise-marker')
  })

  test('when the run is paused, then an order is held; when it goes on, an officer decides', async () => {
    await ok('pause', run, '--by', 'Bob', '--reason', 'lunch')
    await ok('task', run, 'mark', '3', '--site', sites[0]!.name, '--by', 'Bob')
    await waitUntil(async () => (await ok('held', run)).includes('mark 3'), 'the order to be held', { everyMs: 200 })
    expect(await ok('resume', run, '--by', 'Bob')).toContain('mark 3')
    expect(existsSync(marker(sites[0]!.name, 3))).toBe(false)
    await ok('held', run, '--do', 'all', '--by', 'Bob')
    await waitUntil(() => existsSync(marker(sites[0]!.name, 3)), 'the marker that was held')
  })

  test('when a site takes part no longer, then its agent ends and nobody else is touched', async () => {
    const site = sites[0]!.name
    await ok('consent', run, '--site', site, '--withdraw', '--by', 'its manager', '--reason', 'we move house')
    await waitUntil(() => processesIn(folderOf(site)).length === 0, 'the end of its processes')
    await waitUntil(async () => (await statusOf(place, run)).jobs.stopped === 1, 'its farewell', { everyMs: 200 })
    expect(processesIn(folderOf(sites[1]!.name)).length).toBeGreaterThan(0)
  })

  test('when it is stopped, then all agents end, take their traces away, and the sites are told', async () => {
    const stopped = await place.run(['stop', run, '--by', 'Bob', '--reason', 'the test is over', '--watch'])
    expect(stopped).toMatchObject({ code: 0 })
    expect(existsSync(join(place.home, 'STOP'))).toBe(true)
    await waitUntil(() => processesIn(join(place.home, 'work')).length === 0, 'the end of all agents')
    expect(everySite((site) => [1, 2, 3].every((n) => !existsSync(marker(site, n))))).toBe(true)
    const told = () => sink.taken.filter((mail) => mail.messageId.startsWith('<ssc.stopped.'))
    await waitUntil(() => told().length === 3, 'the notices')
    const later = Date.now()
    await ok('task', run, 'mark', '4', '--all-sites', '--by', 'Bob').catch(() => {})
    expect(sink.taken.filter((mail) => mail.at > later)).toEqual([])
    expect(serve.isOver()).toBe(false)
  })
})

/** Which sites had their job before the others were let go. */
function orderOf(report: string): { canaries: string[] } {
  const { sites: all } = (JSON.parse(report) as { content: { sites: { site: string; timeline: { at: number; what: string }[] }[] } })
    .content
  const begun = all.map(({ site, timeline }) => ({
    site,
    submitted: timeline.find(({ what }) => what.startsWith('The job was submitted'))!.at,
    seen: timeline.find(({ what }) => what.includes('first heartbeat'))!.at,
  }))
  const first = begun.reduce((a, b) => (a.submitted <= b.submitted ? a : b))
  return { canaries: begun.filter(({ submitted }) => submitted < first.seen).map(({ site }) => site) }
}
