import { createHash, randomInt, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { MAILROOM } from '../../core/domain/event.ts'
import { verifyRun } from '../../core/verify.ts'
import { type Started, waitUntil } from '../services/process.ts'
import { correspondingPlace, lettersOf, ok, plannedRun, type Row, until } from './corresponding.ts'
import type { Place } from './place.ts'
import { startServe } from './serving.ts'
import { type Sink, startSink } from './sink.ts'

/** How often it is killed while letters go out, and half as often while answers come in; spread over runs. */
const POINTS = Number(process.env.SSC_CRASH_POINTS ?? 3)
const KILLS_A_RUN = 3
const LETTERS = 60
const ANSWERS = 60
const SEED = Number(process.env.SSC_CRASH_SEED ?? randomInt(2 ** 31))
const US = 'ssc@ssc.example'

const rounds = Array.from({ length: Math.ceil(POINTS / KILLS_A_RUN) }, (_, round) => ({
  round,
  kills: Math.min(KILLS_A_RUN, POINTS - round * KILLS_A_RUN),
}))
const sites = Array.from({ length: LETTERS }, (_, i) => ({ name: `SITE-${i}`, address: `security@site-${i}.example` }))

/** From 0 to below 1, the same for the same seed. */
function chance(...what: (string | number)[]): number {
  const digest = createHash('sha256').update([SEED, ...what].join(' '))
  return digest.digest().readUInt32BE() / 2 ** 32
}

/** After how many steps it is killed each time: never before the first, and never after the last. */
function momentsOf(what: string, { round, kills, steps }: { round: number; kills: number; steps: number }): number[] {
  return Array.from({ length: kills }, (_, i) => 1 + Math.floor(chance(what, round, i) * (steps - 1))).sort((a, b) => a - b)
}

function areSettled(rows: readonly Row[]): boolean {
  return rows.length === LETTERS && rows.every(({ state }) => state === 'accepted' || state === 'unsure')
}

describe(`given a framework that is killed while mails come and go (SSC_CRASH_SEED=${SEED})`, () => {
  let sink: Sink
  let breaksOff = true
  let place: Place | undefined

  beforeAll(async () => {
    // Every tenth site's server breaks off after the final dot: whether it took the mail is for it alone to know.
    sink = await startSink({ answerMs: () => Math.random() * 120, drops: ({ to }) => breaksOff && /-\d*0\.example$/.test(to) })
  })
  afterEach(async () => place?.remove())
  afterAll(async () => sink.close())

  test.for(rounds)(
    'when it is started again until all is done, then no letter goes twice and no answer is lost ($kills kills, round $round)',
    { timeout: 300_000 },
    async ({ round, kills }) => {
      sink.taken.length = 0
      breaksOff = true
      const smtp = { host: '127.0.0.1', port: sink.port }
      place = await correspondingPlace({ sites, settings: { smtp, mail: US } })
      let serve = await startServe(place)
      const run = await plannedRun(place)
      await ok(place, 'mail', 'send', run, '--kind', 'invitation', '--to', 'all-sites', '--by', 'Ada')
      const letters = { round, kills, steps: LETTERS }
      const isOver = async () => areSettled(await lettersOf(place!, run))
      serve = await killedAt(serve, { place, moments: momentsOf('out', letters), steps: () => sink.taken.length, isOver })
      await checkLetters(place, run)
      const sender = startSender(place)
      const { acknowledged, finished } = sender
      const answers = { round, kills: Math.ceil(kills / 2), steps: ANSWERS }
      const steps = () => acknowledged.length
      serve = await killedAt(serve, { place, moments: momentsOf('in', answers), steps, isOver: async () => false })
      await finished
      serve.kill('SIGTERM')
      expect(await serve.ended).toEqual({ code: 0, signal: null })
      await checkAnswers(place, run, acknowledged)
    },
  )

  /** What arrived and what did not is told as it is; on an officer's word the uncertain ones go once more, and no other. */
  async function checkLetters(there: Place, run: string): Promise<void> {
    const rows = await until(() => lettersOf(there, run), areSettled, 'all letters')
    expect(sink.taken.length).toBe(new Set(sink.taken.map(({ messageId }) => messageId)).size)
    const reached = sink.taken.map(({ to }) => to)
    const accepted = rows.filter(({ state }) => state === 'accepted').map(({ address }) => address)
    const unsure = rows.filter(({ state }) => state === 'unsure').map(({ address }) => address)
    expect(accepted.filter((address) => !reached.includes(address))).toEqual([])
    expect(reached.filter((address) => !accepted.includes(address) && !unsure.includes(address))).toEqual([])
    expect(unsure.length).toBeGreaterThan(0)
    breaksOff = false
    await ok(there, 'mail', 'resend', run, '--failed', '--unsure', '--by', 'Ada')
    await until(
      () => lettersOf(there, run),
      (all) => all.every(({ state }) => state === 'accepted'),
      'the uncertain ones to go once more',
    )
    expect(
      sink.taken
        .slice(reached.length)
        .map(({ to }) => to)
        .sort(),
    ).toEqual(unsure.sort())
  }

  type Sender = { acknowledged: string[]; finished: Promise<unknown> }

  /** Servers of the sites, which try each mail until it is taken: every second one answers a letter, the others name none. */
  function startSender(there: Place): Sender {
    const { port } = there.config().inbox
    const acknowledged: string[] = []
    const letters = sink.taken.slice(0, LETTERS)
    const mails = Array.from({ length: ANSWERS }, (_, i) => {
      const letter = letters[i % letters.length]!
      const messageId = `<${randomUUID()}@site.example>`
      const thread = i % 2 === 0 ? [`References: ${letter.messageId}`] : []
      const head = [
        `From: ${i % 2 === 0 ? letter.to : 'somebody@else.example'}`,
        `To: ${US}`,
        `Message-ID: ${messageId}`,
        `Subject: mail ${i}`,
      ]
      return { messageId, raw: [...head, ...thread, '', `This is mail ${i}.`, ''].join('\r\n') }
    })
    const sendAll = async () => {
      for (let mail = mails.shift(); mail; mail = mails.shift()) {
        await sendUntilTaken(mail.raw, port)
        acknowledged.push(mail.messageId)
      }
    }
    return { acknowledged, finished: Promise.all(Array.from({ length: 4 }, sendAll)) }
  }
})

type Killing = { place: Place; moments: readonly number[]; steps(): number; isOver(): Promise<boolean> }

/** Kills it each time when so many steps were made, or none comes any more, and starts it again. */
async function killedAt(serve: Started, { place, moments, ...progress }: Killing): Promise<Started> {
  let living = serve
  for (const moment of moments) {
    await waitUntil(reaches(moment, progress), () => `${moment} steps, ${progress.steps()} were made\n${living.out()}`, {
      everyMs: 2,
      ms: 90_000,
    })
    living.kill('SIGKILL')
    await living.ended
    living = await startServe(place)
  }
  return living
}

const STILL_MS = 2_000

/** Only where nothing moves it is asked whether all is over: what is uncertain makes no further step. */
function reaches(moment: number, { steps, isOver }: Pick<Killing, 'steps' | 'isOver'>): () => Promise<boolean> {
  let last = { count: -1, atMs: 0 }
  return async () => {
    const count = steps()
    if (count >= moment) return true
    if (count !== last.count) last = { count, atMs: Date.now() }
    if (Date.now() - last.atMs < STILL_MS) return false
    last.atMs = Date.now()
    return isOver()
  }
}

const RETRY_MS = 50

/** As a mail server does: the very same bytes again until there is a 250, also when the answer to the first try was lost. */
async function sendUntilTaken(raw: string, port: number): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true, socketTimeout: 20_000 })
  for (;;) {
    try {
      await transport.sendMail({ raw, envelope: { from: 'security@site.example', to: US } })
      return
    } catch {
      await pause(RETRY_MS)
    }
  }
}

/** Each that was answered with 250 is in the log or on a shelf, once. */
async function checkAnswers(place: Place, run: string, acknowledged: readonly string[]): Promise<void> {
  await place.look(async (instance) => {
    const received = (await instance.store.readRun(run)).flatMap((event) => (event.type === 'MailReceived' ? [event.data.contentHash] : []))
    const shelves = await instance.store.readStream(MAILROOM)
    const hashes = [...received, ...shelves.flatMap((event) => (event.type === 'MailShelved' ? [event.data.contentHash] : []))]
    const texts = await Promise.all(hashes.map(async (hash) => Buffer.from((await instance.store.content(hash)) ?? []).toString('latin1')))
    const ids = texts.map((text) => /^Message-ID: (\S+)/im.exec(text)?.[1])
    expect(ids.sort()).toEqual(acknowledged.toSorted())
    expect(received).toHaveLength(ANSWERS / 2)
    expect((await verifyRun(instance, run)).faults).toEqual([])
  })
}
