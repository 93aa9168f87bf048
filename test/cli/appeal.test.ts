import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sitesDoorParts } from '../../core/correspondence.ts'
import { type ChallengeEvent, challengeStream } from '../../core/domain/event.ts'
import { createSitesDoor } from '../../core/http/sites/door.ts'
import { type Calls, openCalls } from './calls.ts'
import { launchedRun } from './control-run.ts'
import { openPost, runToAlert } from './mail-run.ts'

let calls: Calls
let run: string
let door: ReturnType<typeof createSitesDoor>
let page: string
const often = { perSecond: 10_000, burst: 10_000 }

beforeAll(async () => {
  calls = await openCalls()
  run = await runToAlert(calls, 1)
  const post = await openPost(calls)
  await post.carry(run)
  await post.close()
  const parts = sitesDoorParts(await calls.instance(), () => {})
  door = createSitesDoor({ ...parts, appeals: { ...parts.appeals!, pace: { unknown: often, each: often } } })
  const url = await door.listen({ host: '127.0.0.1', port: 0 })
  page = url + (await pathOf('SITE-0'))
  for (const [site, other] of [
    ['SITE-0', 'SITE-1'],
    ['SITE-1', 'SITE-0'],
  ] as const) {
    const reason = `late at ${site}, unlike ${other}`
    await calls.call('override', run, '--site', site, '--expectation', 'heads-up', '--light', 'red', '--reason', reason)
  }
})
afterAll(async () => {
  await door?.close()
  await calls?.close()
})

async function pathOf(site: string): Promise<string> {
  return new URL((await calls.call('appeal', 'link', run, '--site', site)).out.trim()).pathname
}

async function received(): Promise<ChallengeEvent[]> {
  const { store } = await calls.instance()
  const events = (await store.readStream(challengeStream(run, 'SITE-0'))) as ChallengeEvent[]
  return events.filter((event) => event.type === 'AppealReceived')
}

async function appeal(text: string, expectation = 'heads-up'): Promise<{ status: number; html: string }> {
  const answer = await fetch(page, { method: 'POST', body: new URLSearchParams({ expectation, text }) })
  return { status: answer.status, html: await answer.text() }
}

const answer = (...more: string[]) => calls.call('appeal', 'answer', run, ...more, '--by', 'Ada')

describe("given a site's link", () => {
  test('when its page is fetched, then it sees its own lights and nothing of others, and has not appealed', async () => {
    const html = await (await fetch(page)).text()
    expect(html).toContain('late at SITE-0, unlike another site')
    expect(html).not.toContain('SITE-1')
    expect(await received()).toEqual([])
    expect((await fetch(page.replace('/appeal/', '/report/'))).status).toBe(404)
    expect((await calls.call('appeal', 'list', run)).out).toBe('No site has appealed.\n')
  })

  test('when no letter went to a site, then there is no link to its page', async () => {
    const early = await launchedRun(calls, { seed: 9 })
    expect(await calls.call('appeal', 'link', early, '--site', 'SITE-0')).toMatchObject({
      status: 1,
      err: expect.stringContaining('no letter'),
    })
  })

  test('when its result is written, then the link stands in it, and in no other letter', async () => {
    const path = await pathOf('SITE-0')
    const letter = async (kind: string) => (await calls.call('mail', 'preview', run, '--kind', kind, '--site', 'SITE-0')).out
    expect(await letter('result')).toContain(path)
    expect(await letter('result')).toContain('late at SITE-0, unlike another site')
    expect(await letter('report-request')).not.toContain(path)
  })

  test('when it appeals, also twice, then it stands in its log once, and its words only in the table that can be erased', async () => {
    expect((await appeal('We called Zebra at 10:00\n\u001b[2J')).status).toBe(200)
    expect((await appeal('We called Zebra at 10:00\n\u001b[2J')).status).toBe(200)
    const [fact, ...others] = await received()
    expect([fact?.data, others]).toMatchObject([{ expectation: 'heads-up' }, []])
    expect(JSON.stringify(fact)).not.toContain('Zebra')
    const { appeal: id } = fact!.data as { appeal: string }
    expect((await calls.call('appeal', 'list', run)).out).toMatch(new RegExp(`${id} +SITE-0 +heads-up +red .* waits`))
    const shown = await calls.call('appeal', 'show', run, id.slice(0, 4))
    expect(shown.out).toMatch(/Light: +red, 0 of 40[\s\S]* {4}We called Zebra at 10:00\n/)
    expect(shown.out).not.toContain('\u001b')
  })

  test('when it appeals against what is not decided or not expected, then it is told so', async () => {
    expect(await appeal('x', 'closure')).toMatchObject({ status: 409, html: expect.stringContaining('not decided yet') })
    expect(await appeal('x', '__proto__')).toMatchObject({ status: 409, html: expect.stringContaining('nothing of that name') })
    expect(await received()).toHaveLength(1)
  })
})

describe('given an appeal', () => {
  test('when it is answered, then the site reads it, the light stays, and what would change it is named', async () => {
    const { appeal: id } = (await received())[0]!.data as { appeal: string }
    const declined = await answer(id, '--decline', '--words', 'no record of it')
    expect(declined).toMatchObject({ status: 0, out: expect.stringContaining('Declined: appeal') })
    expect(declined.out).not.toContain('ssc override')
    expect((await answer(id, '--decline', '--words', 'no record of it')).err).toContain('was answered so already, by Ada')
    const granted = await answer(id.slice(0, 5), '--grant', '--words', 'found it <b>')
    expect(granted.out).toMatch(/this answer counts now[\s\S]*as before, red[\s\S]*ssc override .* --site SITE-0 --expectation heads-up/)
    const html = await (await fetch(page)).text()
    expect(html).toMatch(/red, 0 of 40 points[\s\S]*granted[\s\S]*found it &lt;b&gt;/)
    expect((await calls.call('appeal', 'show', run, id)).out).toMatch(/Answered: granted by Ada/)
  })

  test.each([
    ['neither way', ['0', '--words', 'w'], 'either --grant or --decline'],
    ['both ways', ['0', '--grant', '--decline', '--words', 'w'], 'either --grant or --decline'],
    ['one that is not there', ['zzz', '--grant', '--words', 'w'], "no appeal begins with 'zzz'"],
    ['no words', ['0', '--grant', '--words', ' '], '--words must be one line and not empty'],
  ])('when the answer has %s, then it is refused', async (_, more, words) => {
    expect(await answer(...more)).toMatchObject({ status: 2, err: expect.stringContaining(words) })
  })

  test('when ten wait, then an eleventh is not taken, and its words are kept nowhere', async () => {
    for (let n = 0; n < 10; n += 1) expect((await appeal(`reason ${n}`)).status).toBe(200)
    expect(await appeal('one more')).toMatchObject({ status: 409, html: expect.stringContaining('10 appeals of your site wait') })
    // what is there already is no new one
    expect((await appeal('reason 3')).status).toBe(200)
    expect(await received()).toHaveLength(11)
  })

  test('when its words were erased, then that is said, and the log holds', async () => {
    const { store } = await calls.instance()
    await store.purge(run, Date.now() + 1_000)
    const { appeal: id } = (await received())[0]!.data as { appeal: string }
    expect((await calls.call('appeal', 'show', run, id)).out).toContain('Its words were erased')
  })
})
