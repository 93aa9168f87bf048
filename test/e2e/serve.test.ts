import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { socketPath } from '../../core/config.ts'
import type { Report } from '../../core/domain/report.ts'
import type { Status } from '../../core/status.ts'
import { freePorts, linesOf, processesIn, type Started, waitUntil } from '../services/process.ts'
import { jobsBegun } from './accounts.ts'
import { addScenario, configure, makePlace, type Place, startServe, writeRun } from './place.ts'
import { startSink } from './sink.ts'

const HOUR_MS = 3_600_000
const onServers = process.env.DATABASE_URL !== undefined
const needsPglite = { skip: onServers }

let sink: Awaited<ReturnType<typeof startSink>>

beforeAll(async () => {
  sink = await startSink()
})

afterAll(async () => sink.close())

async function readyPlace(): Promise<Place> {
  const place = await makePlace()
  const [listener = 0, operator = 0, inbox = 0] = await freePorts(3)
  configure(place, { listener, operator, inbox, smtp: sink.port })
  addScenario(place, 'quick', (text) =>
    text.replace(/heartbeatEvery: .*/, 'heartbeatEvery: 1s').replace(/remindAfter: .*/, 'remindAfter: 1s'),
  )
  const window = { from: new Date(Date.now() - HOUR_MS).toISOString(), to: new Date(Date.now() + HOUR_MS).toISOString() }
  writeRun(place, { scenario: 'quick', sites: 6, countries: 3, window, alertAnyTime: true })
  return place
}

async function statusOf(place: Place, run: string): Promise<Status> {
  const { code, out, err } = await place.call(['status', run, '--json'])
  if (code !== 0) throw new Error(err)
  return JSON.parse(out) as Status
}

describe('given `serve` on a fresh folder', () => {
  let place: Place
  let serve: Started
  let run: string
  let readyMs: number

  beforeAll(async () => {
    place = await readyPlace()
    writeFileSync(socketPath(place.config()), 'left over')
    const startedMs = Date.now()
    serve = place.start(['serve'])
    const { host, port } = place.config().operator
    await waitUntil(() => answers(`http://${host}:${port}/health`), 'an answer at /health')
    readyMs = Date.now() - startedMs
    await waitUntil(() => / ready /.test(serve.out()), 'serve to be ready')
  }, 90_000)

  afterAll(async () => place.remove())

  test('when it starts, then it answers soon, and its socket is for its owner alone', () => {
    // A generous limit, for a busy machine: the figure that counts is the bench's.
    expect(readyMs).toBeLessThan(30_000)
    expect(statSync(socketPath(place.config())).mode & 0o777).toBe(0o600)
    expect(statSync(socketPath(place.config())).isSocket()).toBe(true)
  })

  test('when a run is planned, approved and launched through the socket, then its jobs and alerts go out', async () => {
    // A path is meant as the caller means it.
    const planned = await place.call(['plan', 'run.yaml', '--json'], place.home)
    expect(planned).toMatchObject({ code: 0 })
    run = (JSON.parse(planned.out) as { run: string }).run
    expect((await place.call(['launch', run])).err).toContain('not approved')
    expect(await place.call(['approve', run, '--by', 'first officer'])).toMatchObject({ code: 0, err: '' })
    expect(await place.call(['launch', run])).toMatchObject({ code: 0, err: '' })
    await waitUntil(async () => (await statusOf(place, run)).mails.accepted === 12, 'all alerts and reminders')
    const status = await statusOf(place, run)
    expect(status).toMatchObject({ phase: 'running', sites: 6, jobs: { submitted: 6, seen: 6 }, work: { refused: 0, unsure: [] } })
    expect(new Set(jobsBegun(place.home, run)).size).toBe(6)
    expect(new Set(sink.taken.map((mail) => mail.messageId)).size).toBe(sink.taken.length)
  })

  test('when an officer notes a phone call, then the score follows from it and is explained', async () => {
    const { sites } = JSON.parse((await place.call(['report', run, '--format', 'json'])).out) as Report
    const site = sites[0]!.site
    expect(await place.call(['note', run, '--site', site, '--text', 'they called', '--fulfils', 'heads-up'])).toMatchObject({ code: 0 })
    const explained = await place.call(['score', run, '--site', site, '--explain'])
    expect(explained).toMatchObject({ code: 0 })
    expect(explained.out).toContain('they called')
    expect((await place.call(['score', run])).out).toContain('● green')
  })

  test('when a report is asked for, then it is written where the caller stands, and verified from there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ssc-caller-'))
    try {
      expect(await place.call(['report', run, '--format', 'json', '--out', 'out.json'], folder)).toMatchObject({ code: 0 })
      expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))).toMatchObject({ run })
      expect(await place.call(['verify', run], folder)).toMatchObject({ code: 0, err: '' })
      writeFileSync(join(folder, 'other.json'), '{}')
      expect(await place.call(['verify', run, '--report', 'other.json'], folder)).toMatchObject({ code: 1 })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('when the doctor is called, then it finds nothing wrong', async () => {
    expect(await place.call(['doctor'])).toMatchObject({ code: 0 })
  })

  test('when the input is wrong, then the status is 2 and the caller is told', async () => {
    const cases = [
      ['frobnicate'],
      ['status', 'no-such-run'],
      ['plan', 'missing.yaml'],
      ['note', run, '--site', 'NOWHERE', '--text', 'x'],
      ['report', run, '--format', 'pdf'],
    ]
    for (const argv of cases) {
      const { code, err } = await place.call(argv)
      expect([argv, code]).toEqual([argv, 2])
      expect(err).not.toBe('')
      expect(err).not.toContain('    at ')
    }
  })

  test('when the real command is called meanwhile, then it goes through the socket', async () => {
    const listed = await place.run(['status', '--json'])
    expect(listed).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(listed.out)).toMatchObject([{ run, phase: 'running' }])
    expect(await place.run(['plan', 'missing.yaml'])).toMatchObject({ code: 2, out: '' })
  })

  test('when somebody writes rubbish into the socket, then it goes on', async () => {
    for (const rubbish of ['rubbish\n', '{}\n', '{"argv":7}\n', 'null\n', '{"argv":["status"]}\n', `${'x'.repeat(300_000)}`])
      await say(rubbish)
    expect(serve.isOver(), serve.err()).toBe(false)
    expect(await place.call(['status'])).toMatchObject({ code: 0 })
  })

  test.skipIf(onServers)('when a second process wants the folder, then it is refused and told by whom', async () => {
    const second = await place.run(['serve'])
    expect(second).toMatchObject({ code: 1 })
    expect(second.err).toContain(`in use by process ${serve.child.pid}`)
  })

  test('when the run is stopped, then from then on nothing is submitted or mailed, and its agents and jobs end', async () => {
    const stopped = await place.call(['stop', run, '--reason', 'a real incident', '--json'])
    const before = { mails: sink.taken.length, jobs: jobsBegun(place.home, run).length }
    expect(JSON.parse(stopped.out)).toMatchObject({ run, agents: 6 })
    await waitUntil(() => processesIn(join(place.home, 'work')).length === 0, 'the end of all agents')
    const { events } = await eventsOf(place, run)
    expect(events).toContain('We asked the job system to cancel the job')
    expect({ mails: sink.taken.length, jobs: jobsBegun(place.home, run).length }).toEqual(before)
  })

  test('when it gets SIGTERM, then it ends in order', async () => {
    serve.kill('SIGTERM')
    expect(await serve.ended, serve.err()).toEqual({ code: 0, signal: null })
    expect(serve.err()).toBe('')
    for (const file of ['ssc.sock', 'lock']) expect(existsSync(join(place.home, file)), file).toBe(false)
    expect(processesIn(place.home)).toEqual([])
  })

  function say(text: string): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(socketPath(place.config()))
      socket.once('connect', () => socket.write(text))
      socket.on('error', () => {})
      socket.resume().once('close', () => resolve())
    })
  }
})

async function eventsOf(place: Place, run: string): Promise<{ events: string[] }> {
  const { sites } = JSON.parse((await place.call(['report', run, '--format', 'json'])).out) as Report
  return { events: sites.flatMap((site) => site.timeline.map((line) => line.what)) }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (answer) => answer.ok,
    () => false,
  )
}

describe('given a run that is launched and stopped at once', () => {
  let place: Place

  afterEach(async () => place.remove())

  test('when the stop comes into the middle, then not one thing leaves after it was answered', async () => {
    place = await readyPlace()
    const serve = await startServe(place)
    const { run } = JSON.parse((await place.call(['plan', join(place.home, 'run.yaml'), '--json'])).out) as { run: string }
    await place.call(['approve', run])
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
    const { run } = JSON.parse((await place.call(['plan', join(place.home, 'run.yaml'), '--json'])).out) as { run: string }
    await place.call(['approve', run])
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

describe('given a folder that only one process may have', needsPglite, () => {
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
    const long: Place = { ...place, home, env: { ...place.env, SSC_HOME: home } }
    const { ssc } = await import('../services/process.ts')
    const { code, err } = await ssc(['serve'], { env: long.env })
    expect([code, err]).toEqual([2, expect.stringContaining('too long')])
  })
})

test('given a lock whose holder is a zombie, when the folder is opened, then it is free', needsPglite, async () => {
  const place = await readyPlace()
  try {
    // A shell that never waits for its child.
    const { spawn } = await import('node:child_process')
    const parent = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 300'], { stdio: ['ignore', 'pipe', 'ignore'], cwd: place.home })
    const pid = Number(await new Promise<string>((resolve) => parent.stdout.once('data', (data) => resolve(String(data)))))
    await waitUntil(() => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')), 'a zombie')
    const start = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]
    const { hostname } = await import('node:os')
    writeFileSync(join(place.home, 'lock'), `${hostname()}:${pid}:${start}`)
    await place.look(async ({ store }) => expect(await store.listRuns()).toEqual([]))
    parent.kill('SIGKILL')
  } finally {
    await place.remove()
  }
})

test('given a ledger whose last line was cut short, when it is opened again, then it goes on after the whole lines', async () => {
  const { openLedger } = await import('../../core/rehearsal/ledger.ts')
  const folder = mkdtempSync(join(tmpdir(), 'ssc-ledger-'))
  try {
    const file = join(folder, 'sites.jsonl')
    const entry = { what: 'done', at: 1, site: 'SITE-A', action: 'a' } as const
    openLedger(file).add(entry)
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"what":"do`)
    openLedger(file).add(entry)
    expect(openLedger(file).entries).toEqual([entry, entry])
    expect(linesOf(file)).toHaveLength(2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
