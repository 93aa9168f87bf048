import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { socketPath } from '../../core/config.ts'
import type { Report } from '../../core/domain/report.ts'
import { processesIn, type Started, waitUntil } from '../services/process.ts'
import { jobsBegun } from './accounts.ts'
import type { Place } from './place.ts'
import { servingPlace, statusOf } from './serving.ts'
import { startSink } from './sink.ts'

const onServers = process.env.DATABASE_URL !== undefined

let sink: Awaited<ReturnType<typeof startSink>>

beforeAll(async () => {
  sink = await startSink()
})

afterAll(async () => sink.close())

describe('given `serve` on a fresh folder', () => {
  let place: Place
  let serve: Started
  let run: string
  let readyMs: number

  beforeAll(async () => {
    place = await servingPlace(sink.port, { sites: 6, times: { heartbeatEvery: '1s', remindAfter: '1s' } })
    writeFileSync(socketPath(place.config()), 'left over')
    await expect(place.call(['status'])).rejects.toThrow('nobody answers')
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
    await waitUntil(async () => (await statusOf(place, run)).mails.accepted === 12, 'all alerts and reminders', { everyMs: 200 })
    const status = await statusOf(place, run)
    expect(status).toMatchObject({ phase: 'running', sites: 6, jobs: { submitted: 6, seen: 6 }, work: { refused: 0, unsure: [] } })
    expect(new Set(jobsBegun(place.home, run)).size).toBe(6)
    expect(new Set(sink.taken.map((mail) => mail.messageId)).size).toBe(sink.taken.length)
  })

  test('when an officer notes a phone call, then the score follows from it and is explained', async () => {
    const { sites } = await reportOf(place, run)
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
      expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))).toMatchObject({ kind: 'run', content: { run } })
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

  test.skipIf(onServers)(
    'when a second process wants the folder (skipped on servers: many may), then it is refused and told by whom',
    async () => {
      const second = await place.run(['serve'])
      expect(second).toMatchObject({ code: 1 })
      expect(second.err).toContain(`in use by process ${serve.child.pid}`)
    },
  )

  test('when the run is stopped, then from then on nothing is submitted or mailed, and its agents and jobs end', async () => {
    const stopped = await place.call(['stop', run, '--reason', 'a real incident', '--json'])
    const before = { mails: sink.ordinary(), jobs: jobsBegun(place.home, run).length }
    expect(JSON.parse(stopped.out)).toMatchObject({ run, agents: 6 })
    await waitUntil(() => processesIn(join(place.home, 'work')).length === 0, 'the end of all agents')
    const asked = async () => (await eventsOf(place, run)).events.includes('We asked the job system to cancel the job')
    await waitUntil(asked, 'the job system to be asked', { everyMs: 200 })
    expect({ mails: sink.ordinary(), jobs: jobsBegun(place.home, run).length }).toEqual(before)
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

async function reportOf(place: Place, run: string): Promise<Report> {
  const { content } = JSON.parse((await place.call(['report', run, '--format', 'json'])).out) as { content: Report }
  return content
}

async function eventsOf(place: Place, run: string): Promise<{ events: string[] }> {
  const { sites } = await reportOf(place, run)
  return { events: sites.flatMap((site) => site.timeline.map((line) => line.what)) }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (answer) => answer.ok,
    () => false,
  )
}
