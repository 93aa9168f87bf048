import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RefusedError } from '../../core/domain/errors.ts'
import type { Score } from '../../core/domain/report.ts'
import type { AppealParts } from '../../core/http/sites/appeal-form.ts'
import type { OwnLights } from '../../core/http/sites/appeal-page.ts'
import { createSitesDoor } from '../../core/http/sites/door.ts'
import { anyMail } from '../domain/sample-report.ts'

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const link = '0123456789abcdef'.repeat(2)
const often = { perSecond: 10_000, burst: 10_000 }
const red: Score = {
  expectation: 'heads-up',
  title: 'A person answers the alert',
  category: 'communication',
  mandatory: true,
  light: 'red',
  points: 0,
  outOf: 40,
  deadline: Date.UTC(2027, 0, 11, 12),
  reason: 'nothing came <b>\u202e',
  evidence: [],
}
const pending: Score = { ...red, expectation: 'closure', title: 'A closure report', light: 'pending', points: null }
const own: OwnLights = {
  run: 'ssc-2027',
  site: 'SITE-A',
  timeZone: 'Europe/Berlin',
  contact: { name: 'Ada Officer', address: 'ssc@csirt.example' },
  scores: [red, pending],
  appeals: [
    { appeal: 'aaaa', expectation: 'heads-up', at: 0 },
    { appeal: 'bbbb', expectation: 'heads-up', at: 0, answered: { at: 0, granted: false, words: 'we looked <i>', by: 'Ada' } },
  ],
}

async function open(parts: Partial<AppealParts> = {}) {
  const take = vi.fn(async (_link: string, _got: { expectation: string; text: string }) => ({ appeal: 'cccc' }))
  const find = vi.fn(async (asked: string): Promise<OwnLights | undefined> => (asked === link ? own : undefined))
  const log = vi.fn()
  const appeals = { find, take, log, pace: { unknown: often, each: often }, ...parts }
  const app = createSitesDoor({ find: async () => undefined, take: async () => ({ receipt: '' }), log, appeals })
  apps.push(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, page: `${url}/appeal/${link}`, take, find, log }
}

async function send(to: string, fields: Record<string, string> | string, more: RequestInit = {}) {
  const body = typeof fields === 'string' ? fields : new URLSearchParams(fields)
  const answer = await fetch(to, { method: 'POST', body, ...more })
  return { status: answer.status, html: await answer.text() }
}

describe('given the link of a site', () => {
  it('when it is fetched, as scanners of mail do, then its lights are shown in words and letters, and nothing is taken', async () => {
    const { page, take } = await open()
    const answer = await fetch(page)
    const html = await answer.text()
    expect([answer.status, html.includes(link)]).toEqual([200, false])
    expect(html).toMatch(
      /class="light red" aria-hidden="true">R<[\s\S]*A person answers[\s\S]*red, 0 of 40 points[\s\S]*nothing came &lt;b&gt;/,
    )
    expect(html).toContain('Wanted by 2027-01-11 13:00 +01:00')
    expect(html).toMatch(/bbbb[\s\S]*declined[\s\S]*we looked &lt;i&gt;/)
    expect(html).not.toMatch(/\u202e|Ada</)
    // what is not decided yet cannot be appealed against
    expect(html.match(/<option value="([a-z-]+)"/g)).toEqual(['<option value="heads-up"'])
    expect((await fetch(page, { method: 'HEAD' })).status).toBe(200)
    expect(take).not.toHaveBeenCalled()
  })

  it('when the page is shown, then it may run no script, load nothing, be kept nowhere, and tell nobody its address', async () => {
    const answer = await fetch((await open()).page)
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    )
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
    })
    expect(await answer.text()).not.toMatch(/<script|<link|<img|\bsrc=|\bstyle=|\son[a-z]+=|https?:/)
  })

  it('when an appeal is sent, then it is taken whole, and the page says what comes next', async () => {
    const { page, take } = await open()
    const { status, html } = await send(page, { expectation: 'heads-up', text: ' We called\r\nat 10:00.\0 ' })
    expect([status, html.includes('What comes next'), html.includes('cccc')]).toEqual([200, true, true])
    expect(take).toHaveBeenCalledExactlyOnceWith(link, { expectation: 'heads-up', text: 'We called\nat 10:00.' })
  })

  it.each([
    ['nothing is typed', { expectation: 'heads-up', text: ' \n' }, 422, /say why/],
    ['it is too long', { expectation: 'heads-up', text: 'ä'.repeat(4_001) }, 422, /at most 4000 characters/],
    ['it is far too long', { expectation: 'heads-up', text: 'x'.repeat(60_000) }, 413, /at most 4000 characters/],
  ])('when %s, then the page says so, and nothing is taken', async (_, fields, status, words) => {
    const { page, take } = await open()
    const answer = await send(page, fields)
    expect([answer.status, words.test(answer.html)]).toEqual([status, true])
    expect(take).not.toHaveBeenCalled()
  })

  it.each([
    [409, new RefusedError('ten wait already'), /ten wait already/],
    [503, new Error('secret inside'), /we could not keep it just now/],
  ])('when it is not taken (%i), then the page says why, and keeps what was typed', async (status, error, words) => {
    const { page, log } = await open({ take: () => Promise.reject(error) })
    const answer = await send(page, { expectation: 'heads-up', text: 'We <i>called</i>' })
    expect(answer.status).toBe(status)
    expect(answer.html).toMatch(words)
    expect(answer.html).toContain('We &lt;i&gt;called&lt;/i&gt;</textarea>')
    expect(answer.html).not.toContain('secret')
    expect(log).toHaveBeenCalledTimes(status === 503 ? 1 : 0)
  })

  it('when another kind of body comes, as no form of ours makes it, then it is refused in our own words', async () => {
    const { page, take } = await open()
    const answer = await send(page, '{"expectation":"heads-up","text":"x"}', { headers: { 'content-type': 'application/json' } })
    expect([answer.status, answer.html.includes('Not understood')]).toEqual([415, true])
    expect(take).not.toHaveBeenCalled()
  })

  it('when two are sent at once, then one waits, so that the number of open ones holds', async () => {
    let letGo = () => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    const take = vi.fn(() => held.then(() => ({ appeal: 'x' })))
    const { page } = await open({ take })
    const first = send(page, { expectation: 'heads-up', text: 'a' })
    await vi.waitFor(() => expect(take).toHaveBeenCalledTimes(1), { timeout: 10_000 })
    expect((await send(page, { expectation: 'heads-up', text: 'b' })).status).toBe(503)
    letGo()
    expect((await first).status).toBe(200)
    expect((await send(page, { expectation: 'heads-up', text: 'c' })).status).toBe(200)
  })

  it('when anything is typed, then the page holds it as text alone', async () => {
    const { page, take } = await open({ take: () => Promise.reject(new RefusedError('no')) })
    await fc.assert(
      fc.asyncProperty(anyMail, async (text) => {
        const { status, html } = await send(page, { expectation: text, text })
        expect([409, 422, 413]).toContain(status)
        expect(html).not.toMatch(/<script|\0/)
      }),
      { numRuns: 50 },
    )
    expect(take).not.toHaveBeenCalled()
  })
})

describe('given what is no link', () => {
  it('when it is unknown or malformed, then the answer is the same, and a look-up is made for each alike', async () => {
    const { url, find, take } = await open()
    const usual = await (await fetch(`${url}/appeal/${'f'.repeat(32)}`)).text()
    for (const path of ['/appeal/x', `/appeal/${link.toUpperCase()}`, `/report/${link}`, `/appeal/${link}/x`]) {
      const answer = await fetch(url + path)
      expect([path, answer.status, await answer.text()]).toEqual([path, 404, usual])
    }
    expect((await send(`${url}/appeal/${'f'.repeat(32)}`, { text: 'x' })).html).toBe(usual)
    expect(find).toHaveBeenCalledTimes(4)
    expect(take).not.toHaveBeenCalled()
  })

  it('when one site asks very often, then it is told to wait, and so are those who try links', async () => {
    const { page, url } = await open({ pace: { unknown: { perSecond: 0.001, burst: 2 }, each: { perSecond: 0.001, burst: 2 } } })
    const statuses = async (to: string) => {
      const all = []
      for (let n = 0; n < 3; n += 1) all.push((await fetch(to)).status)
      return all
    }
    expect(await statuses(page)).toEqual([200, 200, 429])
    expect(await statuses(`${url}/appeal/x`)).toEqual([404, 429, 429])
  })
})
