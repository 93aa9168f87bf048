import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { SiteAsked } from '../../core/app/answer-by-form.ts'
import { RefusedError } from '../../core/domain/errors.ts'
import { createSitesDoor } from '../../core/http/sites/door.ts'
import type { OwnPart, SitePageParts } from '../../core/http/sites/site-form.ts'

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const link = '0123456789abcdef'.repeat(2)
const often = { perSecond: 10_000, burst: 10_000 }
const askedMs = Date.UTC(2027, 0, 11, 8)
const alert: SiteAsked = { letter: 'alert', title: 'Our alert', askedMs, deadlineMs: Date.UTC(2027, 0, 11, 12), wants: 'acknowledgement' }
const question: SiteAsked = { letter: 'question-host', title: 'Host <b>', text: 'Which host? <script>', askedMs, wants: 'words' }
const window: SiteAsked = { letter: 'window-1', title: 'Our window', askedMs, wants: 'window' }
const own: OwnPart = {
  run: 'ssc-2027',
  site: 'SITE-A',
  timeZone: 'Europe/Berlin',
  contact: { name: 'Ada Officer', address: 'ssc@csirt.example' },
  asked: [alert, question, window],
  takesReport: false,
  hasResult: false,
  window: { fromMs: Date.UTC(2027, 0, 1), toMs: Date.UTC(2027, 2, 31) },
}

async function open({ part = own, ...parts }: Partial<SitePageParts> & { part?: OwnPart } = {}) {
  const take = vi.fn(async (_link: string, _answer: { letter: string; words: string }) => {})
  const log = vi.fn()
  const page = {
    find: async (asked: string) => (asked === link ? part : undefined),
    take,
    log,
    pace: { unknown: often, each: often },
    ...parts,
  }
  const app = createSitesDoor({ find: async () => undefined, take: async () => ({ receipt: '' }), log, page })
  apps.push(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { page: `${url}/site/${link}`, url, take, log }
}

async function send(to: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const answer = await fetch(to, { method: 'POST', body: new URLSearchParams(fields), headers })
  return { status: answer.status, html: await answer.text(), headers: answer.headers }
}

/** Whether the browser would apply the page's own style. */
function isStyled(html: string, headers: Headers): boolean {
  const css = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? ''
  return headers.get('content-security-policy')!.includes(`'sha256-${createHash('sha256').update(css).digest('base64')}'`)
}

describe('given the link of a site', () => {
  it('when it is fetched, as scanners of mail do, then it shows what was asked, escaped, in two zones, and answers nothing', async () => {
    const { page, take } = await open()
    for (const method of ['HEAD', 'GET']) expect((await fetch(`${page}?letter=alert&words=hello`, { method })).status).toBe(200)
    const answer = await fetch(page)
    const html = await answer.text()
    expect(html).toContain('2027-01-11 13:00 +01:00 (2027-01-11 12:00 UTC)')
    expect(html).toMatch(/Host &lt;b&gt;[\s\S]*Which host\? &lt;script&gt;/)
    expect(html).not.toMatch(/<script|href="\/report|href="\/appeal/)
    expect(Object.fromEntries(answer.headers)).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    expect(isStyled(html, answer.headers)).toBe(true)
    expect(take).not.toHaveBeenCalled()
  })

  it('when the form of a letter is sent, then its words are handed on, without what only controls a screen', async () => {
    const { page, take } = await open()
    expect((await send(page, { letter: 'alert', words: '' })).status).toBe(200)
    const { status, html } = await send(page, { letter: 'question-host', words: ' wn1\r\nwn2\u0007 ' })
    expect([status, html.includes('Thank you: your answer is here')]).toEqual([200, true])
    expect(take.mock.calls).toEqual([
      [link, { letter: 'alert', words: '' }],
      [link, { letter: 'question-host', words: 'wn1\nwn2' }],
    ])
  })

  it.each([
    [422, 'write your answer first', { letter: 'question-host', words: ' \n ' }],
    [422, 'at most 4000 characters', { letter: 'alert', words: 'x'.repeat(4_001) }],
    [409, 'we ask this no longer', { letter: 'closing', words: 'x' }],
    [409, 'we ask this no longer', { words: 'x' }],
    [422, 'give a day and a time', { letter: 'window-1', from: '2027-02-31T10:00', until: '2027-03-05T10:00' }],
    [422, 'give a day and a time', { letter: 'window-1', from: '2027-02-01T10:00', until: 'soon' }],
    [422, 'not after the beginning', { letter: 'window-1', from: '2027-02-01T10:00', until: '2027-02-01T10:00' }],
    [422, 'it has to lie between', { letter: 'window-1', from: '2026-12-31T10:00', until: '2027-02-01T10:00' }],
  ])('when what is sent cannot be taken, then %i and "%s" is the answer, and nothing is taken', async (status, words, fields) => {
    const { page, take } = await open()
    const answer = await send(page, fields)
    expect([answer.status, answer.html.includes(words), isStyled(answer.html, answer.headers)]).toEqual([status, true, true])
    expect(take).not.toHaveBeenCalled()
  })

  it('when a window is chosen, then it is read by the clock of the site', async () => {
    const { page, take } = await open()
    expect(await (await fetch(page)).text()).toContain('between 2027-01-01 01:00 +01:00 and 2027-03-31 02:00 +02:00')
    await send(page, { letter: 'window-1', from: '2027-03-27T10:00', until: '2027-03-29T10:00', words: 'not at noon' })
    const chosen = 'We choose the window from 2027-03-27 10:00:00 +01:00 to 2027-03-29 10:00:00 +02:00 (Europe/Berlin).'
    expect(take).toHaveBeenCalledExactlyOnceWith(link, { letter: 'window-1', words: `${chosen}\n\nnot at noon` })
  })

  it('when it begins in the very minute in which the run does, then it is taken', async () => {
    const { page, take } = await open({ part: { ...own, window: { ...own.window, fromMs: Date.UTC(2027, 0, 1, 0, 0, 6) } } })
    const until = '2027-01-02T10:00'
    expect((await send(page, { letter: 'window-1', from: '2027-01-01T00:59', until })).html).toContain('between 2027-01-01 01:00 +01:00')
    expect(take).not.toHaveBeenCalled()
    expect((await send(page, { letter: 'window-1', from: '2027-01-01T01:00', until })).status).toBe(200)
    expect(take).toHaveBeenCalledOnce()
  })

  it('when a form comes from a page of others, or is far too large, or of another type, then a plain page says so in its own style', async () => {
    const { page, take } = await open()
    const foreign = await send(page, { letter: 'alert' }, { 'sec-fetch-site': 'cross-site' })
    const large = await send(page, { letter: 'alert', words: 'x'.repeat(60_000) })
    const odd = await send(page, { letter: 'alert' }, { 'content-type': 'application/json' })
    for (const { html, headers } of [foreign, large, odd]) expect(isStyled(html, headers)).toBe(true)
    expect([foreign.status, large.status, odd.status]).toEqual([403, 413, 415])
    expect(take).not.toHaveBeenCalled()
  })

  it('when it is not taken, then the words stay, and a fault of ours is logged without them', async () => {
    const refusing = await open({ take: async () => Promise.reject(new RefusedError('too much came today')) })
    const refused = await send(refusing.page, { letter: 'alert', words: 'Zebra' })
    expect([refused.status, /too much came today[\s\S]*Zebra/.test(refused.html)]).toEqual([409, true])
    const failing = await open({ take: async () => Promise.reject(new Error('the store is away')) })
    const failed = await send(failing.page, { letter: 'alert', words: 'Zebra' })
    expect([failed.status, failed.html.includes('Zebra'), failed.html.includes('the store is away')]).toEqual([503, true, false])
    expect(JSON.stringify(failing.log.mock.calls)).toMatch(/^(?!.*Zebra).*the store is away/)
  })

  it('when one site sends too fast, then it is put off, while it may still read, and no other link is known', async () => {
    const { page, url, take } = await open({ pace: { unknown: often, each: { perSecond: 0.001, burst: 2 } } })
    const statuses = []
    for (const words of ['a', 'b', 'c']) statuses.push((await send(page, { letter: 'alert', words })).status)
    expect([statuses, take.mock.calls.length]).toEqual([[200, 200, 429], 2])
    expect((await fetch(page)).status).toBe(200)
    const others = await Promise.all(
      ['f'.repeat(32), 'x', link.toUpperCase()].map(async (one) => (await fetch(`${url}/site/${one}`)).status),
    )
    expect(others).toEqual([404, 404, 404])
  })

  it('when the exercise is over, then the page says so and has no form', async () => {
    const { page } = await open({ part: { ...own, isOver: 'The exercise was stopped: no answer is needed any more.' } })
    const html = await (await fetch(page)).text()
    expect(html).toContain('The exercise was stopped')
    expect(html).not.toContain('<form')
  })
})
