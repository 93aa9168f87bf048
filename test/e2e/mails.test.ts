import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { verifyRun } from '../../core/verify.ts'
import { manyParts } from '../io/mails.ts'
import { describeGrid } from '../services/grid.ts'
import type { Started } from '../services/process.ts'
import { correspondingPlace, type Entry, lettersOf, ok, plannedRun, shelved, threadOf, until } from './corresponding.ts'
import { answerTo, type Got, type Mailboxes, openMailboxes, type Robot, startRobot } from './mailboxes.ts'
import type { Place } from './place.ts'
import { startServe } from './serving.ts'

// Real mail servers, on a machine that may be busy.
vi.setConfig({ testTimeout: 200_000 })

const US = 'ssc@ssc.example'
const ALPHA = 'alpha@alpha.example'
const TWINS = 'twins@twins.example'
/** `nobody` is refused at RCPT, `gone` comes back; the mailboxes of MACHINE and TALKER answer all that they get. */
const SITES = [
  { name: 'ALPHA', address: ALPHA },
  { name: 'TWIN-A', address: TWINS },
  { name: 'TWIN-B', address: TWINS },
  { name: 'MACHINE', address: 'machine@machine.example' },
  { name: 'TALKER', address: 'talker@talker.example' },
  { name: 'NOBODY', address: 'nobody@nobody.example' },
  { name: 'GONE', address: 'gone@gone.example' },
]
const REACHED = SITES.length - 2
const FLOOD = 70

describeGrid('given a run whose letters go by exim4, and whose answers are read from dovecot', ['mail'], () => {
  let boxes: Mailboxes
  let place: Place
  let serve: Started
  let run: string
  const robots: Robot[] = []

  beforeAll(async () => {
    boxes = await openMailboxes(['ssc', 'alpha', 'twins', 'machine', 'talker'])
    const { smtpPort, imapPort, passwordFile } = boxes
    const smtp = { host: '127.0.0.1', port: smtpPort }
    const imap = { host: '127.0.0.1', port: imapPort, secure: false, user: 'ssc', passwordFile }
    place = await correspondingPlace({ sites: SITES, settings: { smtp, imap, mail: US }, times: { reportAfter: '3s' } })
    serve = await startServe(place)
    run = await plannedRun(place)
    const away = { headers: { 'Auto-Submitted': 'auto-replied' }, subject: 'Out of office' }
    robots.push(startRobot(boxes, 'machine', (mail) => ({ ...answerTo(mail, 'machine@machine.example', 'I am away.'), ...away })))
    robots.push(startRobot(boxes, 'talker', (mail) => answerTo(mail, 'talker@talker.example', 'Thanks, and what do you think?')))
  }, 120_000)

  afterAll(async () => {
    for (const robot of robots) await robot.stop()
    await place?.remove()
    await boxes?.close()
  }, 60_000)

  const thread = (site: string) => threadOf(place, run, site)
  const theirs = (entries: readonly Entry[]) => entries.filter((entry) => !entry.ours)
  const ours = async (site: string) =>
    (await lettersOf(place, run)).flatMap((row) => (row.who === site && row.state === 'accepted' ? [row.mail] : [])).sort()
  /** The hashes of all that came in, wherever it lies. */
  const kept = async () => {
    const threads = await Promise.all(SITES.map(({ name }) => thread(name)))
    return [...theirs(threads.flat()).map(({ hash }) => hash), ...(await shelved(place)).map(({ contentHash }) => contentHash)].sort()
  }
  const stateOf = async (mail: string) =>
    Object.fromEntries((await lettersOf(place, run)).filter((row) => row.mail === mail).map((row) => [row.who, row.state]))
  const inBox = (name: string, words: string): Promise<Got> =>
    until(
      async () => (await boxes.read(name)).filter(({ subject }) => subject.includes(words)),
      (found) => found.length > 0,
      `a mail '${words}' to ${name}`,
    ).then((found) => found.at(-1)!)

  test('when sites are invited before the launch, then each letter arrives, is refused or comes back, and the list tells which', async () => {
    await ok(place, 'mail', 'send', run, '--kind', 'invitation', '--to', 'all-sites', '--by', 'Ada')
    const arrived = Object.fromEntries(SITES.map(({ name }) => [name, 'accepted']))
    const wanted = { ...arrived, NOBODY: 'refused', GONE: 'came back' }
    await until(
      () => stateOf('invitation'),
      (states) => JSON.stringify(states) === JSON.stringify({ ...states, ...wanted }),
      'all invitations',
    )
    expect((await lettersOf(place, run)).find(({ who }) => who === 'NOBODY')?.words).toContain('550')
    expect(await boxes.read('alpha')).toMatchObject([{ subject: expect.stringContaining('invitation') }])
    expect(await boxes.read('twins')).toHaveLength(2)
  })

  test('when the run is launched and a site answers the alert, then that is judged and acknowledged, once and in the same thread', async () => {
    await ok(place, 'launch', run)
    const alert = await inBox('alpha', 'incident suspected')
    await boxes.send(answerTo(alert, ALPHA, 'We see it too and have banned /DC=example/CN=Mallory on our CE.'))
    const [answer] = await until(
      async () => theirs(await thread('ALPHA')),
      (all) => all.length > 0,
      'the answer',
    )
    expect(answer).toMatchObject({ mail: 'alert', kind: 'human', depth: 'knows', because: expect.stringContaining('identity') })
    const receipt = await inBox('alpha', 'heads-up received')
    expect(receipt.references).toContain(alert.messageId)
    await ok(
      place,
      'mail',
      'judge',
      run,
      ...['--site', 'ALPHA', '--mail', answer!.hash, '--kind', 'human'],
      ...['--depth', 'investigates', '--by', 'Ada'],
    )
    expect(theirs(await thread('ALPHA'))).toMatchObject([{ depth: 'investigates', judgedBy: 'Ada' }])
  })

  test('when an officer asks a question twice by mistake, then it goes once, and its answer stands with it', async () => {
    const question = [
      'mail',
      'send',
      run,
      '--kind',
      'question',
      '--to',
      'site:ALPHA',
      '--text',
      'From which host did it come?',
      '--by',
      'Ada',
    ]
    await ok(place, ...question)
    await ok(place, ...question)
    const asks = await inBox('alpha', 'question')
    expect(asks.text).toContain('From which host did it come?')
    await boxes.send(answerTo(asks, ALPHA, 'From wn042.alpha.example, 192.0.2.7, since 08:15 UTC.'))
    const all = await until(
      async () => theirs(await thread('ALPHA')),
      (got) => got.length === 2,
      'the answer to the question',
    )
    expect(all.at(-1)).toMatchObject({ mail: 'question', kind: 'human', text: expect.stringMatching(/^From wn042/) })
    expect((await ours('ALPHA')).filter((mail) => mail === 'question')).toHaveLength(1)
  })

  test('when a mailbox that serves two sites writes without a reference, then it is asked which one, and its answer sorts', async () => {
    await inBox('twins', 'incident suspected')
    await boxes.send({ from: TWINS, to: US, subject: 'strange jobs', text: 'We have stopped the strange jobs of that user.' })
    const asks = await inBox('twins', 'which site')
    expect(await shelved(place)).toMatchObject([
      { shelf: 'to-sort', subject: 'strange jobs', proposals: [{ site: 'TWIN-A' }, { site: 'TWIN-B' }] },
    ])
    await boxes.send(answerTo(asks, TWINS, 'TWIN-B'))
    const all = await until(
      async () => theirs(await thread('TWIN-B')),
      (got) => got.length === 2,
      'both mails',
    )
    expect(all.map(({ subject }) => subject).sort()).toEqual([expect.stringMatching(/^Re: .*which site/), 'strange jobs'])
    expect([theirs(await thread('TWIN-A')), await shelved(place)]).toEqual([[], []])
  })

  test('when dovecot is killed and mails come meanwhile, then each is found where it belongs once it is back', async () => {
    const alert = await inBox('alpha', 'incident suspected')
    await boxes.run('stop-imap')
    await boxes.send(answerTo(alert, ALPHA, 'One more thing: the user has an account at the VO portal.'))
    const spam = { headers: { 'X-Spam-Flag': 'YES', 'X-Spam-Status': 'Yes, score=12.4' } }
    await boxes.send({ from: 'win@lottery.example', to: US, subject: 'You have won', text: 'a prize', ...spam })
    await boxes.send({ from: 'win@lottery.example', to: US, raw: manyParts(100_000) })
    await boxes.run('start-imap')
    const waiting = await until(
      () => shelved(place),
      (all) => all.length === 2,
      'the shelves',
    )
    expect(waiting.map(({ shelf }) => shelf).sort()).toEqual(['corrupt', 'spam'])
    await until(
      async () => theirs(await thread('ALPHA')),
      (all) => all.length === 3,
      'the third answer',
    )
    expect(serve.isOver(), serve.err()).toBe(false)
  })

  test('when sites report by mail, by the web form and as JSON, then each report is taken with a receipt of its own', async () => {
    const wanted = await inBox('alpha', 'report wanted')
    const form = wanted.text
      .slice(wanted.text.indexOf('The form\n'))
      .replace(/^(Identity .*:)$/m, '$1 /DC=example/CN=Mallory')
      .replace(/^(Hosts .*:)$/m, '$1 wn042.alpha.example')
    await boxes.send(answerTo(wanted, ALPHA, form))
    const links = await Promise.all(['TWIN-A', 'TWIN-B'].map(async (site) => (await ok(place, 'mail', 'link', run, '--site', site)).trim()))
    expect((await boxes.read('twins')).some(({ text }) => text.includes(links[0]!))).toBe(true)
    const body = new URLSearchParams({ summary: 'A stolen identity ran jobs.', hosts: 'wn7.twins.example' })
    const answers = [
      await fetch(links[0]!, { method: 'POST', body }),
      await putJson(links[1]!, { format: 'ssc-common-report/1', hosts: ['wn8.twins.example'] }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const reports = async () => [
      ...new Set((await ok(place, 'report', run, '--format', 'json')).match(/(?<=The common report came )[^(]*(?= \()/g)),
    ]
    const taken = await until(reports, (words) => words.length === 3, 'three reports')
    expect(taken.sort()).toEqual(['as JSON, with 1 of 13 fields', 'by mail, with 2 of 13 fields', 'by the web form, with 2 of 13 fields'])
  })

  test('when robots answer every mail, then no storm begins, and what is too much waits on a shelf', async () => {
    const alert = await inBox('talker', 'incident suspected')
    await until(
      async () => robots.map((robot) => robot.answered()),
      (counts) => counts[0]! >= 3 && counts[1]! >= 4,
      'the robots to have answered',
    )
    for (let i = 0; i < FLOOD; i++) await boxes.send(answerTo(alert, 'talker@talker.example', `And number ${i}?`))
    const sent = FLOOD + robots[1]!.answered()
    await until(
      async () => theirs(await thread('TALKER')).length + (await shelved(place)).filter(({ from }) => from?.startsWith('talker')).length,
      (n) => n === sent,
      `${sent} answers`,
    )
    expect(theirs(await thread('TALKER'))).toHaveLength(60)
    expect(await ours('TALKER')).toEqual(['acknowledgement', 'alert', 'invitation', 'report-request'])
    expect(theirs(await thread('MACHINE')).map(({ kind }) => kind)).toEqual(['automatic', 'automatic', 'automatic'])
    expect(await ours('MACHINE')).toEqual(['alert', 'invitation', 'report-request'])
  })

  test('when the run is stopped, then the notices go out and nothing else, and every mail that came is there once', async () => {
    const before = (await lettersOf(place, run)).filter(({ state }) => state === 'accepted')
    await ok(place, 'stop', run, '--by', 'Ada', '--reason', 'enough')
    await inBox('alpha', 'stopped')
    await until(
      () => stateOf('stopped'),
      (states) => Object.values(states).filter((state) => state === 'accepted').length >= REACHED,
      'the notices',
    )
    const after = (await lettersOf(place, run)).filter(({ state }) => state === 'accepted')
    expect(after.filter(({ mail }) => mail !== 'stopped')).toEqual(before)
    for (const robot of robots) await robot.stop()
    // A robot's last words may come between the two looks: the mailbox is looked at again, too.
    const both = async () => [await kept(), (await boxes.raws('ssc')).map(sha256).sort()] as const
    const [taken, came] = await until(both, ([hashes, all]) => hashes.length === all.length, 'all mails')
    expect(taken).toEqual(came)
    serve.kill('SIGTERM')
    expect(await serve.ended, serve.err()).toEqual({ code: 0, signal: null })
    await place.look(async (instance) => expect((await verifyRun(instance, run)).faults).toEqual([]))
  })
})

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function putJson(url: string, report: unknown): Promise<Response> {
  return fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(report) })
}
