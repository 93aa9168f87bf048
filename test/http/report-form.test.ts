import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { REPORT_FORMAT, reportSchema } from '../../core/domain/common-report.ts'
import { RefusedError } from '../../core/domain/errors.ts'
import { createSitesDoor } from '../../core/http/sites/door.ts'
import type { Linked, ReportFormParts, SentReport } from '../../core/http/sites/report-form.ts'
import { anyMail, fullReport } from '../domain/sample-report.ts'

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const link = '0123456789abcdef'.repeat(2)
const linked: Linked = {
  run: 'ssc-2027',
  site: 'SITE-A',
  timeZone: 'Europe/Berlin',
  deadlineMs: Date.UTC(2027, 1, 11, 12),
  contact: { name: 'Ada Officer', address: 'ssc@csirt.example' },
}
const often = { perSecond: 10_000, burst: 10_000 }

async function open(parts: Partial<ReportFormParts> = {}) {
  const take = vi.fn(async (_link: string, _got: SentReport) => ({ receipt: 'R-1' }))
  const find = vi.fn(async (asked: string): Promise<Linked | undefined> => (asked === link ? linked : undefined))
  const log = vi.fn()
  const app = createSitesDoor({ find, take, log, pace: { unknown: often, sent: often }, ...parts })
  apps.push(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const page = `${url}/report/${link}`
  return { url, page, take, find, log }
}

function form(fields: Record<string, string>, files: [name: string, content: string | Uint8Array<ArrayBuffer>][] = []): FormData {
  const data = new FormData()
  for (const [name, text] of Object.entries(fields)) data.append(name, text)
  for (const [name, content] of files) data.append('files', new Blob([content], { type: 'text/plain' }), name)
  return data
}

async function send(to: string, body: FormData | URLSearchParams | string, more: RequestInit = {}) {
  const answer = await fetch(to, { method: 'POST', body, ...more })
  return { status: answer.status, html: await answer.text(), headers: answer.headers }
}

const json = { headers: { 'content-type': 'application/json' } }
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('given a link of a site', () => {
  it('when it is fetched, as scanners of mail do, then the form is shown, of the challenge only run, site and deadline, and nothing is taken', async () => {
    const { page, take } = await open()
    const answer = await fetch(page)
    const html = await answer.text()
    expect(answer.status).toBe(200)
    expect(html).toContain('2027-02-11 13:00 +01:00 (Europe/Berlin)')
    expect(html).toContain('SITE-A')
    expect(html).not.toContain(link)
    expect((await fetch(page, { method: 'HEAD' })).status).toBe(200)
    expect(take).not.toHaveBeenCalled()
  })

  it('when the page is shown, then it may run no script, load nothing, be kept or indexed nowhere, and tell nobody its address', async () => {
    const answer = await fetch((await open()).page)
    const html = await answer.text()
    const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
    })
    expect(html).not.toMatch(/<script|<link|<img|\bsrc=|\bstyle=|\son[a-z]+=|https?:/)
    for (const [, name] of html.matchAll(/<(?:input|textarea) id="([^"]+)"/g)) expect(html).toContain(`<label for="${name}">`)
  })

  it('when something was sent before and is given, then it stands in the form', async () => {
    const { page } = await open({ find: async () => ({ ...linked, before: fullReport }) })
    expect(await (await fetch(page)).text()).toMatch(/>\s*wn042\.site\.example<\/textarea>/)
  })

  it('when a form with files comes, then it is taken whole, and the page tells what was understood', async () => {
    const { page, take } = await open()
    const fields = { identity: '/CN=x', contained: '2027-01-11 10:00', evidence: `kept.img, a.log ${sha256('one')}` }
    const { status, html } = await send(
      page,
      form(fields, [
        ['../../etc/a.log', 'one'],
        ['<b>"x.log', 'two\0'],
      ]),
    )
    expect(status).toBe(200)
    expect(html).toMatch(/R-1[\s\S]*read in Europe\/Berlin[\s\S]*2027-01-11T10:00:00\+01:00/)
    const [asked, got] = take.mock.calls[0]!
    expect(asked).toBe(link)
    expect(got.via).toBe('form')
    expect(got.files.map(({ name, contentType, bytes, sha256: hash }) => [name, contentType, Buffer.from(bytes).toString(), hash])).toEqual(
      [
        ['a.log', 'text/plain', 'one', sha256('one')],
        [expect.stringMatching(/^_b_[^<>"]*x\.log$/), 'text/plain', 'two\0', sha256('two\0')],
      ],
    )
    expect(got.report).toMatchObject({ format: REPORT_FORMAT, identities: ['/CN=x'], assumedZone: 'Europe/Berlin' })
    expect(got.report.evidence?.map((one) => one.name)).toEqual(['a.log', got.files[1]!.name, 'kept.img'])
  })

  it('when a form without files comes, as from a small browser, then it is taken', async () => {
    const { page, take } = await open()
    expect((await send(page, new URLSearchParams({ jobs: '4711', contained: '' }))).status).toBe(200)
    expect(take.mock.calls[0]![1]).toEqual({ report: { format: REPORT_FORMAT, jobs: ['4711'] }, via: 'form', files: [] })
  })

  it('when fields are wrong, then every problem stands beside its field, what was typed stays, and nothing is taken', async () => {
    const { page, take } = await open()
    const { status, html } = await send(page, form({ contained: '03/04/2027 10:00', 'first-seen': 'soon', hosts: '<i>wn1</i>' }))
    expect(status).toBe(422)
    expect(html).toMatch(/id="contained-problem"><li>[^<]*day and month/)
    expect(html).toMatch(/id="first-seen-problem"><li>no date/)
    expect(html).toContain('value="03/04/2027 10:00" aria-describedby="contained-problem contained-hint" aria-invalid="true"')
    expect(html).toContain('&lt;i&gt;wn1&lt;/i&gt;</textarea>')
    expect(take).not.toHaveBeenCalled()
  })

  it('when nothing is filled in, then the page says so', async () => {
    const { page, take } = await open()
    expect((await send(page, form({ summary: ' ' }))).html).toContain('nothing is filled in yet')
    expect(take).not.toHaveBeenCalled()
  })
})

describe('given JSON', () => {
  it.each(['POST', 'PUT'])('when it is right and comes by %s, then it is taken as it is', async (method) => {
    const { page, take } = await open()
    const { status, html } = await send(page, JSON.stringify(fullReport), { ...json, method })
    expect([status, JSON.parse(html)]).toEqual([200, { receipt: 'R-1', run: 'ssc-2027', site: 'SITE-A', report: fullReport }])
    expect(take).toHaveBeenCalledExactlyOnceWith(link, { report: fullReport, via: 'json', files: [] })
  })

  it.each([
    ['no JSON', '{', ['format'], /^this is not JSON/],
    ['another format', '{"format":"x"}', ['format'], /^send an object/],
    ['wrong', `{"format":"${REPORT_FORMAT}","jobs":[1],"x":2}`, ['jobs.0', 'x'], /^/],
  ])('when it is %s, then every problem is named and nothing is taken', async (_, body, places, first) => {
    const { page, take } = await open()
    const { status, html } = await send(page, body, json)
    expect(status).toBe(422)
    expect(JSON.parse(html).problems.map(({ place }: { place: string }) => place)).toEqual(places)
    expect(JSON.parse(html).problems[0].words).toMatch(first)
    expect(take).not.toHaveBeenCalled()
  })

  it('when the schema is asked for, then it is there without a link', async () => {
    expect(await (await fetch(`${(await open()).url}/report/schema.json`)).json()).toEqual(reportSchema())
  })
})

describe('given what is no link', () => {
  it('when it is unknown, malformed or another page, then the answer is the same, and a look-up is made for each link alike', async () => {
    const { url, find, take } = await open()
    const unknown = `${url}/report/${'f'.repeat(32)}`
    const usual = await (await fetch(unknown)).text()
    for (const path of [
      '/report/x',
      `/report/${link.toUpperCase()}`,
      `/report/${'f'.repeat(190)}`,
      '/',
      '/report/%zz',
      `/report/${link}/x`,
    ]) {
      const answer = await fetch(url + path)
      expect([path, answer.status, await answer.text()]).toEqual([path, 404, usual])
    }
    for (const body of [form({ summary: 'x' }), '{}']) expect((await send(unknown, body)).html).toBe(usual)
    expect(find).toHaveBeenCalledTimes(6)
    expect(take).not.toHaveBeenCalled()
  })

  it('when many are tried, then only so many are looked up, and a site that came before is still let in', async () => {
    const { url, page, find } = await open({ pace: { unknown: { perSecond: 0.001, burst: 3 }, sent: often } })
    expect((await fetch(page)).status).toBe(200)
    const statuses = []
    for (let n = 0; n < 4; n += 1) statuses.push((await fetch(`${url}/report/${n}`)).status)
    expect(statuses).toEqual([404, 404, 429, 429])
    expect((await fetch(page)).status).toBe(200)
    expect(find).toHaveBeenCalledTimes(4)
  })
})

describe('given too much', () => {
  const bytes = (size: number) => new Uint8Array(size)

  it('when one file is too large, or there are too many, then the page names them and keeps what was typed', async () => {
    const { page, take } = await open()
    const large = await send(page, form({ jobs: '4711' }, [['big.img', bytes(5_000_001)]]))
    expect([large.status, /big\.img is too large/.test(large.html), /4711<\/textarea>/.test(large.html)]).toEqual([422, true, true])
    const many = Array.from({ length: 11 }, (_, n): [string, string] => [`f${n}.log`, 'x'])
    expect((await send(page, form({}, many))).html).toMatch(/f10\.log is one too many/)
    const together = Array.from({ length: 5 }, (_, n): [string, Uint8Array<ArrayBuffer>] => [`f${n}.img`, bytes(4_500_000)])
    expect((await send(page, form({}, together))).html).toMatch(/f4\.img is too large/)
    expect(take).not.toHaveBeenCalled()
  })

  it('when a body is far too large, then it is 413 or cut off, and the door stays open', async () => {
    const { page, take } = await open()
    const answer = await send(page, `{"a":"${'x'.repeat(1_000_001)}"}`, json).catch(() => ({ status: 'cut off' }))
    expect([413, 'cut off']).toContain(answer.status)
    const flood = Array.from({ length: 11 }, (_, n): [string, Uint8Array<ArrayBuffer>] => [`f${n}`, bytes(4_000_000)])
    const cut = await send(page, form({}, flood)).catch(() => ({ status: 'cut off' }))
    expect([413, 'cut off']).toContain(cut.status)
    expect((await fetch(page)).status).toBe(200)
    expect(take).not.toHaveBeenCalled()
  })

  it('when one site sends very often, then it is told to wait', async () => {
    const { page, take } = await open({ pace: { unknown: often, sent: { perSecond: 0.001, burst: 2 } } })
    const statuses = []
    for (let n = 0; n < 3; n += 1) statuses.push((await send(page, form({ jobs: String(n) }))).status)
    expect(statuses).toEqual([200, 200, 429])
    expect(take).toHaveBeenCalledTimes(2)
    expect((await fetch(page)).status).toBe(200)
  })

  it('when many send at once, then only four are held in memory', async () => {
    let letGo = () => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    const take = vi.fn(() => held.then(() => ({ receipt: 'R' })))
    const { page } = await open({ take })
    const first = [1, 2, 3, 4].map((n) => send(page, form({ jobs: String(n) })))
    await vi.waitFor(() => expect(take).toHaveBeenCalledTimes(4), { timeout: 10_000 })
    expect((await send(page, form({ jobs: '5' }))).status).toBe(503)
    letGo()
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect((await send(page, form({ jobs: '6' }))).status).toBe(200)
  })
})

describe('given that it cannot be taken', () => {
  it.each([
    [409, new RefusedError('the run has ended'), /the run has ended/],
    [503, new Error('secret inside'), /we could not keep it just now/],
  ])('when that is a %i, then the page says why, and keeps what was typed', async (status, error, words) => {
    const { page, log } = await open({ take: () => Promise.reject(error) })
    for (const [body, more] of [
      [form({ jobs: '4711' }), {}],
      [JSON.stringify(fullReport), json],
    ] as const) {
      const answer = await send(page, body, more)
      expect(answer.status).toBe(status)
      expect(answer.html).toMatch(words)
      expect(answer.html).not.toContain('secret')
    }
    expect(log.mock.calls.length).toBe(status === 503 ? 2 : 0)
    expect(JSON.stringify(log.mock.calls)).not.toContain(link)
  })
})

describe('given anything in the fields', () => {
  it('when it is sent, then the page holds it as text alone, and it is a report or a problem', async () => {
    const { page, take } = await open()
    await fc.assert(
      fc.asyncProperty(anyMail, async (text) => {
        const before = take.mock.calls.length
        const { status, html } = await send(page, form({ summary: text, hosts: text, actions: text, evidence: text, contained: text }))
        expect([200, 422]).toContain(status)
        expect(take.mock.calls.length - before).toBe(status === 200 ? 1 : 0)
        expect(html).not.toMatch(/<script|\0/)
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    ['no boundary', 'multipart/form-data', 'x'],
    ['a broken part', 'multipart/form-data; boundary=b', '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx'],
    ['plain text', 'text/plain', 'x'],
    ['no type', '', 'x'],
  ])('when the body has %s, then it is refused in our own words', async (_, type, body) => {
    const { page, take } = await open()
    const { status, html } = await send(page, body, { headers: { 'content-type': type } })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(html).toContain('<!doctype html>')
    expect(take).not.toHaveBeenCalled()
  })
})
