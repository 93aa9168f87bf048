import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runStream } from '../../core/domain/event.ts'
import { verifyRun } from '../../core/verify.ts'
import { describeGrid } from '../services/grid.ts'
import { type Started, waitUntil } from '../services/process.ts'
import { correspondingPlace, lettersOf, ok, plannedRun, type Row, threadOf, until } from './corresponding.ts'
import type { Place } from './place.ts'
import { approvedRun, startServe } from './serving.ts'
import { type Sink, startSink } from './sink.ts'
import { type Desk, openDesk } from './tickets-desk.ts'

// It is started anew several times, on a machine that may be busy.
vi.setConfig({ testTimeout: 200_000 })

/** Only the first has an account in RT, with which it answers. */
const SITES = [
  { name: 'SITE-A', address: 'site@site.example' },
  { name: 'SITE-B', address: 'security@b.example' },
  { name: 'SITE-C', address: 'security@c.example' },
]

describeGrid('given a run whose letters go by a real Request Tracker', ['rt'], () => {
  let desk: Desk
  let sink: Sink
  let place: Place
  let serve: Started
  let run: string
  /** By site. */
  let tickets: Record<string, string>

  beforeAll(async () => {
    desk = await openDesk()
    sink = await startSink()
    const rtir = { kind: 'rt', url: desk.url, tokenFile: desk.tokenFile, queue: 'exercise' }
    const settings = { smtp: { host: '127.0.0.1', port: sink.port }, tickets: { rtir } }
    place = await correspondingPlace({ sites: SITES, settings, run: { tickets: { default: 'rtir' } } })
    serve = await startServe(place)
    run = await plannedRun(place)
  }, 150_000)

  afterAll(async () => {
    await place?.remove()
    await sink?.close()
    await desk?.close()
  }, 60_000)

  /** Tickets are read when it starts, and then once a minute. */
  async function killAndStart(): Promise<void> {
    serve.kill('SIGKILL')
    await serve.ended
    serve = await startServe(place)
  }

  const accepted = (rows: readonly Row[], mail: string) => rows.filter((row) => row.mail === mail && row.state === 'accepted').length
  const statusLine = async () => (await ok(place, 'report', run, '--format', 'json')).match(/Ticket \d+ is [a-z]+, by [^"]*/g) ?? []

  test('when it is killed after RT made the tickets and before it heard so, then each is found again, and none is made twice', async () => {
    desk.loseAnswers(true)
    await ok(place, 'launch', run)
    await waitUntil(() => desk.loseAnswers(true) === SITES.length, 'all tickets to be made')
    desk.loseAnswers(false)
    expect((await lettersOf(place, run)).filter(({ mail }) => mail === 'alert').map(({ state }) => state)).toEqual(['sent', 'sent', 'sent'])
    await killAndStart()
    await until(
      () => lettersOf(place, run),
      (rows) => accepted(rows, 'alert') === SITES.length,
      'the alerts to be found',
    )
    const found = await desk.tickets()
    const looked = found.map(async (id) => [/SITE-[ABC]/.exec((await desk.look(id)).Subject)?.[0] ?? id, id] as const)
    tickets = Object.fromEntries(await Promise.all(looked))
    expect(Object.keys(tickets).sort()).toEqual(['SITE-A', 'SITE-B', 'SITE-C'])
    expect(found).toHaveLength(SITES.length)
  })

  test('when further letters go to a site, then they are entries of its ticket, and nothing goes by mail', async () => {
    await ok(place, 'mail', 'send', run, '--kind', 'question', '--to', 'site:SITE-B', '--text', 'Which host?', '--by', 'Ada')
    await until(
      () => lettersOf(place, run),
      (rows) => accepted(rows, 'question') === 1,
      'the question',
    )
    expect(await desk.tickets()).toHaveLength(SITES.length)
    expect(await desk.entries(tickets['SITE-A']!)).toEqual(['Create'])
    expect(await desk.entries(tickets['SITE-B']!)).toEqual(['Create', 'Correspond'])
    expect(sink.taken).toEqual([])
  })

  test('when a site answers in RT, then its answer is in the log once, however often the framework is killed', async () => {
    const theirs = async () => (await threadOf(place, run, 'SITE-A')).filter(({ ours }) => !ours)
    await desk.replyAsSite(tickets['SITE-A']!, 'We have banned /DC=example/CN=Mallory.')
    await killAndStart()
    const [answer] = await until(theirs, (all) => all.length > 0, 'the answer')
    expect(answer).toMatchObject({ kind: 'human', depth: 'knows', text: expect.stringContaining('banned') })
    await until(
      () => lettersOf(place, run),
      (rows) => accepted(rows, 'acknowledgement') === 1,
      'the acknowledgement',
    )
    await desk.replyAsSite(tickets['SITE-A']!, 'And we look at wn042.')
    await killAndStart()
    await until(theirs, (all) => all.length === 2, 'the second answer')
    expect((await lettersOf(place, run)).filter(({ mail }) => mail === 'acknowledgement')).toHaveLength(1)
    expect(await desk.entries(tickets['SITE-A']!)).toEqual(['Create', 'Correspond', 'Correspond', 'Correspond'])
  })

  test('when two letters are the first ones at the same time, then one opens the ticket and the other stands in it', async () => {
    const other = await approvedRun(place, 8)
    const first = ['mail', 'send', other, '--to', 'site:SITE-A', '--by', 'Ada']
    await Promise.all(['invitation', 'contact-check'].map((kind) => ok(place, ...first, '--kind', kind)))
    await until(
      () => lettersOf(place, other),
      (rows) => rows.length === 2 && rows.every(({ state }) => state === 'accepted'),
      'both letters',
    )
    const [more, ...others] = (await desk.tickets()).filter((id) => !Object.values(tickets).includes(id))
    expect({ others, entries: await desk.entries(more!) }).toEqual({ others: [], entries: ['Create', 'Correspond'] })
  })

  test('when an officer changes a status in RT, then the log has it; when the run has ended, then its tickets are closed', async () => {
    await desk.setStatus(tickets['SITE-C']!, 'stalled')
    serve.kill('SIGTERM')
    expect(await serve.ended, serve.err()).toEqual({ code: 0, signal: null })
    serve = await startServe(place)
    await until(statusLine, (lines) => lines.some((line) => line.includes(`Ticket ${tickets['SITE-C']} is stalled`)), 'the status')
    serve.kill('SIGTERM')
    await serve.ended
    // What the engine writes when the last clock has run out.
    await place.look(({ store }) => store.commit({ run, facts: [{ stream: runStream(run), type: 'RunEnded', data: {}, key: 'ended' }] }))
    serve = await startServe(place)
    const statuses = () => Promise.all(Object.values(tickets).map(async (id) => (await desk.look(id)).Status))
    await until(statuses, (all) => all.every((status) => status === 'resolved'), 'the tickets to be closed')
    serve.kill('SIGTERM')
    expect(await serve.ended, serve.err()).toEqual({ code: 0, signal: null })
    await place.look(async (instance) => expect((await verifyRun(instance, run)).faults).toEqual([]))
  })
})
