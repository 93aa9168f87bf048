import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runStream } from '../../core/domain/event.ts'
import { sha256 } from '../../core/io/keys.ts'
import { type Calls, openCalls } from './calls.ts'
import { openPost, type Post, reply, runToAlert, sentId, takeIn } from './mail-run.ts'

let calls: Calls
let post: Post
beforeEach(async () => {
  calls = await openCalls()
  post = await openPost(calls)
})
afterEach(async () => {
  await post?.close()
  await calls?.close()
})

const DAY_MS = 86_400_000
const secret = 'The account was jdoe'

/** All that was kept so far is so many days older. */
async function age(days: number): Promise<void> {
  const { db } = await calls.instance()
  await db.query('update ssc.contents set kept_ms = kept_ms - $1', [days * DAY_MS])
}

/** A run with letters and an answer, which ended so many days ago; without a number it goes on. */
async function runOf(seed: number, { endedDays }: { endedDays?: number } = {}): Promise<string> {
  const run = await runToAlert(calls, seed)
  await post.carry(run)
  const to = await sentId(calls, run, { site: 'SITE-0', letter: 'alert' })
  await takeIn(calls, reply('SITE-0', { to, text: secret, id: `r${seed}` }))
  if (endedDays !== undefined) await backdatedEnd(run, endedDays)
  return run
}

/** The end of a run, at a moment of the past: told by a clock that goes behind. */
async function backdatedEnd(run: string, days: number): Promise<void> {
  const { db } = await calls.instance()
  const { createStore } = await import('../../core/io/store/store.ts')
  const store = await createStore(db, { now: () => Date.now() - days * DAY_MS, wall: Date.now })
  await store.commit({ run, facts: [{ stream: runStream(run), type: 'RunEnded', data: {}, key: 'ended' }] })
}

async function texts(): Promise<number> {
  const { db } = await calls.instance()
  const rows = await db.query<{ bytes: Uint8Array }>('select bytes from ssc.contents')
  return rows.filter(({ bytes }) => Buffer.from(bytes).toString('latin1').includes(secret)).length
}

async function purged(run: string): Promise<unknown[]> {
  const { store } = await calls.instance()
  return (await store.readStream(runStream(run))).flatMap((one) => (one.type === 'ContentPurged' ? [one.data] : []))
}

describe('ssc purge', () => {
  test('given a run that ended before the time of retention, then its content goes, the log stays whole, and again there is nothing', async () => {
    const run = await runOf(1, { endedDays: 181 })
    await age(182)
    expect(await texts()).toBe(2)
    const dry = await calls.call('purge', '--dry-run')
    expect(dry.out).toMatch(
      new RegExp(`${run} +5 +what came before .* UTC[\\s\\S]*A dry run: 5 pieces of content would be erased, and nothing was`),
    )
    expect([await texts(), await purged(run)]).toEqual([2, []])
    expect((await calls.call('purge', '--by', 'Ada')).out).toContain('5 pieces of content erased')
    expect(await texts()).toBe(0)
    expect(await purged(run)).toEqual([{ by: 'Ada', erased: 5, olderThanMs: expect.any(Number) }])
    expect(await calls.call('verify', run)).toMatchObject({ status: 0, err: '' })
    const { out } = await calls.call('mail', 'thread', run, '--site', 'SITE-0')
    expect(out.match(/\(erased\)/g)).toHaveLength(2)
    expect(out).not.toContain(secret)
    expect((await calls.call('contacts', run)).out).toContain('csirt@site-0.example')
    const hash = /\[([0-9a-f]{12})\]/.exec(out)![1]!
    expect(await calls.call('mail', 'show', hash)).toMatchObject({ status: 1, err: expect.stringContaining('was erased') })
    expect((await calls.call('purge')).out).toContain('0 pieces of content erased')
    expect(await purged(run)).toHaveLength(1)
  })

  test('given a run under way and one that ended lately, then theirs stays, whatever --older-than says of the one under way', async () => {
    const open = await runOf(1)
    const ended = await runOf(2, { endedDays: 100 })
    await age(120)
    const { out } = await calls.call('purge')
    expect(out).toMatch(new RegExp(`${ended} +- +nothing: kept until`))
    expect(await texts()).toBe(4)
    expect((await calls.call('purge', '--run', open, '--older-than', '1d')).out).toContain('0 pieces')
    expect(await texts()).toBe(4)
    await calls.call('purge', '--older-than', '90d')
    expect([await texts(), (await purged(ended)).length, await purged(open)]).toEqual([2, 1, []])
    await age(61)
    await calls.call('purge')
    expect([await texts(), (await purged(open)).length]).toEqual([0, 1])
  })

  test('given a report beside the log, then it follows from the log afterwards too, with the same lights; one that did not follow is left', async () => {
    const run = await runOf(1, { endedDays: 200 })
    const other = await runOf(2, { endedDays: 200 })
    await age(201)
    const file = join(calls.home, 'reports', `${run}.json`)
    mkdirSync(join(calls.home, 'reports'))
    writeFileSync(file, (await calls.call('report', run, '--format', 'json')).out)
    const lights = () => JSON.parse(readFileSync(file, 'utf8')).content.sites.map((site: { overall: string }) => site.overall)
    const before = lights()
    expect((await calls.call('verify', run)).out).toContain(file)
    const foreign = join(calls.home, 'reports', `${other}.json`)
    const words = readFileSync(file, 'utf8').replace('TLP:AMBER', 'TLP:RED')
    writeFileSync(foreign, words)
    await calls.call('purge')
    expect(await purged(other)).toHaveLength(1)
    expect(await calls.call('verify', run)).toMatchObject({ status: 0, err: '', out: expect.stringContaining(file) })
    expect(lights()).toEqual(before)
    expect(readFileSync(foreign, 'utf8')).toBe(words)
  })

  test('given old mails on the shelves, then they are erased and listed no longer; new ones stay', async () => {
    const [old, fresh] = [reply('SITE-8', { text: secret, id: 'old' }), reply('SITE-9', { text: secret, id: 'new' })]
    await backdated(200, () => takeIn(calls, old))
    await takeIn(calls, fresh)
    expect((await calls.call('purge', '--run', 'mailroom', '--dry-run')).out).toMatch(/mailroom +2 /)
    expect((await calls.call('purge', '--run', 'mailroom')).out).toMatch(/mailroom +2 [\s\S]*2 pieces/)
    const { count, mails } = JSON.parse((await calls.call('mail', 'shelf', '--json')).out)
    expect({ count, hash: mails[0].contentHash }).toEqual({ count: 1, hash: sha256(fresh.replaceAll('\n', '\r\n')) })
    expect(await texts()).toBe(2)
  })

  /** The clock of the instance goes behind while something is done. */
  async function backdated(days: number, body: () => Promise<void>): Promise<void> {
    const { clock } = await calls.instance()
    const { now } = clock
    clock.now = () => now() - days * DAY_MS
    await body().finally(() => {
      clock.now = now
    })
  }

  test('given words that do not fit, then nothing is erased', async () => {
    for (const [words, message] of [
      [['--older-than', 'soon'], 'for example 180d'],
      [['--older-than', '-1d'], 'for example 180d'],
      [['--run', 'none'], "no run 'none'"],
      [['--by', ''], 'not empty'],
    ] as const)
      expect(await calls.call('purge', ...words)).toMatchObject({ status: 2, out: '', err: expect.stringContaining(message) })
  })
})
