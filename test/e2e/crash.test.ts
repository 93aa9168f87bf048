import { createHash, randomInt } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { SiteScore } from '../../core/domain/report.ts'
import type { Entry } from '../../core/rehearsal/ledger.ts'
import { reportOf } from '../../core/report.ts'
import type { Status } from '../../core/status.ts'
import { linesOf, processesIn, type Started, waitUntil } from '../services/process.ts'
import { checkAccounts, jobsBegun, lightsOf } from './accounts.ts'
import { addScenario, makePlace, type Place, writeRun } from './place.ts'
import { approvedRun, servingPlace, startServe, statusOf } from './serving.ts'
import { startSink } from './sink.ts'

/** At how many moments each of the two is killed, spread over runs that are killed three times each. */
const POINTS = Number(process.env.SSC_CRASH_POINTS ?? 1)
const KILLS_A_RUN = 3
const SITES = 6
const SEED = Number(process.env.SSC_CRASH_SEED ?? randomInt(2 ** 31))

const rounds = Array.from({ length: Math.ceil(POINTS / KILLS_A_RUN) }, (_, i) => ({
  round: i,
  kills: Math.min(KILLS_A_RUN, POINTS - i * KILLS_A_RUN),
}))

let places: Place[] = []

async function newPlace(): Promise<Place> {
  const place = await makePlace()
  places.push(place)
  return place
}

afterEach(async () => {
  for (const place of places) await place.remove()
  places = []
})

/** From 0 to below 1, the same for the same seed. */
function chance(...what: (string | number)[]): number {
  return (
    createHash('sha256')
      .update([SEED, ...what].join(' '))
      .digest()
      .readUInt32BE() /
    2 ** 32
  )
}

type Moment = { progress: number; thenMs: number }

/** Moments by how far the run has come, in order: a busy machine changes nothing; a little later, so as to hit what is in between. */
function moments(what: string, { round, kills, steps }: { round: number; kills: number; steps: number }): Moment[] {
  const draw = (i: number): Moment => ({
    progress: Math.floor(chance(what, round, i, 'progress') * steps),
    thenMs: chance(what, round, i, 'pause') * 150,
  })
  return Array.from({ length: kills }, (_, i) => draw(i)).sort((a, b) => a.progress - b.progress || a.thenMs - b.thenMs)
}

type Progress = {
  /** How many steps were made. */
  now(): number
  /** When nothing more will come, since all that is left is uncertain. */
  isOver?(): Promise<boolean>
}

/** Kills the process at the moment, unless it ended before. */
async function killAt(started: Started, { progress, thenMs }: Moment, { now, isOver }: Progress): Promise<void> {
  let askedMs = Date.now()
  const atEnd = async () => {
    if (isOver === undefined || Date.now() - askedMs < 500) return false
    askedMs = Date.now()
    return isOver()
  }
  await waitUntil(
    async () => started.isOver() || now() >= progress || (await atEnd()),
    () => `${progress} steps, ${now()} were made\n${started.out()}${started.err()}`,
    { ms: 120_000, everyMs: 3 },
  )
  await pause(thenMs)
  started.kill('SIGKILL')
  await started.ended
}

describe(`given a rehearsal, killed at random moments (SSC_CRASH_SEED=${SEED})`, () => {
  let undisturbed: { sites: SiteScore[]; steps: number }

  beforeAll(async () => {
    const place = await rehearsalPlace()
    const { code, out, err } = await place.run(['rehearse', join(place.home, 'run.yaml'), '--json'])
    expect({ code, err }).toMatchObject({ code: 0 })
    const { sites } = JSON.parse(out) as { sites: SiteScore[] }
    undisturbed = { sites, steps: progressOf(place.home) }
    await place.remove()
  }, 120_000)

  test.for(rounds)(
    'when it is resumed until it ends, then nothing is lost or done twice ($kills kills, round $round)',
    { timeout: 300_000 },
    async ({ round, kills }) => {
      const place = await newPlace()
      prepare(place)
      for (const moment of moments('rehearsal', { round, kills, steps: undisturbed.steps }))
        await killAt(place.start(next(place)), moment, { now: () => progressOf(place.home) })
      const { run, sites } = await resumedToTheEnd(place)
      const unsure = await place.look((instance) => checkAccounts(instance, run, mailsOf(place.home, run)))
      expect(known(sites, unsure)).toEqual(known(undisturbed.sites, unsure))
      expect(processesIn(place.home)).toEqual([])
    },
  )
})

async function rehearsalPlace(): Promise<Place> {
  const place = await makePlace()
  prepare(place)
  return place
}

function prepare(place: Place): void {
  addScenario(place, 'short', (text) => text.replace(/^watch: .*$/m, 'watch: { every: 4h, for: 4h, later: 20d }'))
  writeRun(place, { scenario: 'short', sites: SITES, seed: 53 })
}

async function resumedToTheEnd(place: Place): Promise<{ run: string; sites: SiteScore[] }> {
  const last = await place.run([...next(place), '--json'])
  if (last.code === 0) return JSON.parse(last.out)
  // The last kill came when the report was written already: nothing was left to go on with.
  expect(last.err).toContain('there is no rehearsal to go on with')
  const folder = join(place.home, 'reports')
  return JSON.parse(readFileSync(join(folder, readdirSync(folder).find((name) => name.endsWith('.json'))!), 'utf8')).content
}

/** A new rehearsal as long as none was begun, else the one that was. */
function next(place: Place): string[] {
  return existsSync(join(place.home, 'rehearsals')) ? ['rehearse', '--resume'] : ['rehearse', join(place.home, 'run.yaml')]
}

function known(sites: readonly SiteScore[], unsure: ReadonlySet<string>): Record<string, string> {
  return lightsOf(sites.filter((site) => !unsure.has(site.site)))
}

/** The jobs that began, and what the sites wrote down. */
function progressOf(home: string): number {
  const runs = existsSync(join(home, 'rehearsals')) ? readdirSync(join(home, 'rehearsals')) : []
  return runs.reduce((sum, run) => sum + jobsBegun(home, run).length + linesOf(sitesFile(home, run)).length, 0)
}

function sitesFile(home: string, run: string): string {
  return join(home, 'rehearsals', run, 'sites.jsonl')
}

function mailsOf(home: string, run: string): string[] {
  return linesOf(sitesFile(home, run))
    .map((line) => JSON.parse(line) as Entry)
    .flatMap((entry) => (entry.what === 'mail' ? [entry.messageId] : []))
}

describe(`given a launched run, its framework killed at random moments (SSC_CRASH_SEED=${SEED})`, () => {
  let sink: Awaited<ReturnType<typeof startSink>>

  beforeAll(async () => {
    sink = await startSink()
  })

  afterAll(async () => sink.close())

  const MAILS = 3 * SITES

  test.for(rounds)(
    'when it is started again until all is sent, then nothing is lost or done twice ($kills kills, round $round)',
    { timeout: 300_000 },
    async ({ round, kills }) => {
      sink.taken.length = 0
      const times = { watch: '{ every: 1s, for: 1s, later: 999999d }', heartbeatEvery: '2s', remindAfter: '1s', reportAfter: '2s' }
      const place = await servingPlace(sink.port, { sites: SITES, times })
      places.push(place)
      let serve = await startServe(place)
      const run = await approvedRun(place)
      const isOver = async () => isSettled(await statusOf(place, run))
      const steps = () => jobsBegun(place.home, run).length + sink.taken.length
      void place.call(['launch', run]).catch(() => {})
      for (const moment of moments('launch', { round, kills, steps: SITES + MAILS })) {
        await killAt(serve, moment, { now: steps, isOver })
        serve = await startServe(place)
        // As an officer does who got no answer: it may be repeated.
        expect(await place.call(['launch', run])).toMatchObject({ code: 0 })
      }
      await waitUntil(isOver, `all ${MAILS} mails`, { ms: 90_000, everyMs: 200 })
      const { unsure } = (await statusOf(place, run)).work
      expect(await place.call(['stop', run])).toMatchObject({ code: 0 })
      await waitUntil(() => processesIn(join(place.home, 'work')).length === 0, 'the end of all agents')
      serve.kill('SIGTERM')
      expect(await serve.ended).toEqual({ code: 0, signal: null })
      const mails = sink.taken.map((mail) => mail.messageId)
      await place.look(async (instance) => {
        const sites = await checkAccounts(instance, run, mails)
        expect([...sites].sort()).toEqual([...new Set(unsure.map((id) => id.split('.')[2] ?? ''))].sort())
        expect((await reportOf(instance, run)).sites).toHaveLength(SITES)
      })
      expect(processesIn(place.home)).toEqual([])
    },
  )

  /** Nobody answers: each site gets its three mails, and only where the alert is uncertain nothing follows it. */
  function isSettled({ mails, work }: Status): boolean {
    const without = work.unsure.filter((id) => id.startsWith('send-mail')).map((id) => (id.endsWith('.alert') ? 3 : 1))
    const missing = MAILS - mails.accepted - without.reduce((sum, n) => sum + n, 0)
    return missing === 0 && work.open === 1
  }
})
