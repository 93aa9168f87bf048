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
import { type Sink, type Sunk, startSink } from './sink.ts'

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

describe(`given a framework that is killed while mails come and go (SSC_CRASH_SEED=${SEED})`, () => {
  let sink: Sink
  let place: Place | undefined

  beforeAll(async () => {
    // Every tenth site's server breaks off after the final dot: whether it took the mail is for it alone to know.
    const isFirst = ({ messageId }: Sunk) => !sink.taken.some((mail) => mail.messageId === messageId)
    sink = await startSink({ answerMs: () => Math.random() * 120, drops: (mail) => /-\d*0\.example$/.test(mail.to) && isFirst(mail) })
  })
  afterEach(async () => place?.remove())
  afterAll(async () => sink.close())

  test.for(rounds)(
    'when it is started again until all is done, then no letter goes twice and no answer is lost ($kills kills, round $round)',
    { timeout: 300_000 },
    async ({ round, kills }) => {
      sink.taken.length = 0
      const smtp = { host: '127.0.0.1', port: sink.port }
      place = await correspondingPlace({ sites, settings: { smtp, mail: US } })
      let serve = await startServe(place)
      const run = await plannedRun(place)
      await ok(place, 'mail', 'send', run, '--kind', 'invitation', '--to', 'all-sites', '--by', 'Ada')
      serve = await killedAt(serve, { place, moments: momentsOf('out', { round, kills, steps: LETTERS }), steps: () => sink.taken.length })
      await checkLetters(place, run)
      const sender = startSender(place)
      const { acknowledged, finished } = sender
      serve = await killedAt(serve, {
        place,
        moments: momentsOf('in', { round, kills: Math.ceil(kills / 2), steps: ANSWERS }),
        steps: () => acknowledged.length,
      })
      await finished
      serve.kill('SIGTERM')
      expect(await serve.ended).toEqual({ code: 0, signal: null })
      await checkAnswers(place, run, acknowledged)
    },
  )

  /** What arrived and what did not is told as it is; on an officer's word the uncertain ones go once more, and no other. */
  async function checkLetters(there: Place, run: string): Promise<void> {
    const settled = (rows: Row[]) => rows.length === LETTERS && rows.every(({ state }) => state === 'accepted' || state === 'unsure')
    const rows = await until(() => lettersOf(there, run), settled, 'all letters')
    expect(sink.taken.length).toBe(new Set(sink.taken.map(({ messageId }) => messageId)).size)
    const reached = sink.taken.map(({ to }) => to)
    const accepted = rows.filter(({ state }) => state === 'accepted').map(({ address }) => address)
    const unsure = rows.filter(({ state }) => state === 'unsure').map(({ address }) => address)
    expect(accepted.filter((address) => !reached.includes(address))).toEqual([])
    expect(reached.filter((address) => !accepted.includes(address) && !unsure.includes(address))).toEqual([])
    expect(unsure.length).toBeGreaterThan(0)
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

type Killing = { place: Place; moments: readonly number[]; steps(): number }

/** Kills it each time when so many steps were made, and starts it again. */
async function killedAt(serve: Started, { place, moments, steps }: Killing): Promise<Started> {
  let living = serve
  for (const moment of moments) {
    await waitUntil(
      () => steps() >= moment,
      () => `${moment} steps, ${steps()} were made\n${living.out()}`,
      { everyMs: 2 },
    )
    living.kill('SIGKILL')
    await living.ended
    living = await startServe(place)
  }
  return living
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
