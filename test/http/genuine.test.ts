import { createHash } from 'node:crypto'
import fc from 'fast-check'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type GenuineParts, serveGenuine } from '../../core/http/genuine.ts'
import { createListener } from '../../core/http/listener.ts'
import { createSitesDoor } from '../../core/http/sites/door.ts'

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const code = '0123456789ab'
const place = { site: 'SITE-A', run: 'ssc-2027', mail: 'alert', sentMs: Date.UTC(2027, 0, 11, 8, 5) } as const
const contact = { name: 'Ada Officer', address: 'ssc@csirt.example' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

function open(parts: Partial<GenuineParts> = {}) {
  const genuine = vi.fn(async (asked: string) => (asked === code ? place : undefined))
  const app = Fastify({ logger: false })
  app.register(serveGenuine, { genuine, contact, guesses: { perSecond: 1_000, burst: 1_000 }, ...parts })
  apps.push(app)
  return { app, genuine }
}

async function post(app: FastifyInstance, payload: string | Buffer, headers: Record<string, string> = form) {
  const { statusCode, body } = await app.inject({ method: 'POST', url: '/genuine', headers, payload })
  return { status: statusCode, text: body.replaceAll(/<style>[\s\S]*<\/style>|<[^>]*>/g, ' ').replaceAll(/\s+/g, ' '), html: body }
}

describe('given the code of a mail that was sent', () => {
  it.each([code, '0123-4567-89AB', ' 0123 4567 89ab ', '0123\u20134567\u00a089ab', '012345\r\n6789ab'])(
    'when %j is entered, then the page says where and when it stands',
    async (entered) => {
      const { app, genuine } = open()
      const { status, text } = await post(app, new URLSearchParams({ code: entered }).toString())
      expect(status).toBe(200)
      expect(genuine).toHaveBeenCalledExactlyOnceWith(code)
      expect(text).toContain('This code stands in the alert that we sent to SITE-A on 2027-01-11 at 08:05 UTC , in the exercise ssc-2027 .')
      expect(text).toContain('Ada Officer, ssc@csirt.example')
    },
  )

  it('when a link with it is fetched, as scanners of mail do, then only the form is shown, and nothing is checked', async () => {
    const { app, genuine } = open()
    const plain = await app.inject({ url: '/genuine' })
    for (const method of ['GET', 'HEAD'] as const) {
      const { statusCode, body } = await app.inject({ method, url: `/genuine?code=${code}` })
      expect({ statusCode, body }).toEqual({ statusCode: 200, body: method === 'GET' ? plain.body : '' })
    }
    expect((await app.inject({ method: 'POST', url: `/genuine?code=${code}`, headers: form, payload: '' })).statusCode).toBe(400)
    expect(genuine).not.toHaveBeenCalled()
  })

  it('when the names hold markup, then it is shown as text', async () => {
    const hostile = { ...place, site: '<script>1</script>', run: '"><img src=x>' }
    const { app } = open({ genuine: async () => hostile, contact: { name: "<b>O'Brien</b>", address: 'a"b@csirt.example' } })
    const { html } = await post(app, `code=${code}`)
    expect(html).toContain('&lt;script&gt;1&lt;/script&gt;')
    expect(html).not.toMatch(/<script|<img|<b>|a"b@/)
  })
})

describe('given what is no code of ours', () => {
  it('when it is unknown, then the page says so and what to do', async () => {
    const { status, text } = await post(open().app, 'code=ffffffffffff')
    expect(status).toBe(200)
    expect(text).toMatch(/We know no such code.*do not follow the mail.*Ada Officer/)
    expect(text).not.toContain('SITE-A')
  })

  it.each<[string, number, string | Buffer, Record<string, string>]>([
    ['too short', 400, 'code=0123', form],
    ['not hex', 400, 'code=0123456789ag', form],
    ['two codes', 400, `code=${code}&code=${code}`, form],
    ['another field', 400, `c0de=${code}`, form],
    ['nothing', 400, '', form],
    ['201 bytes', 413, `code=${code}&x=${'a'.repeat(182)}`, form],
    ['JSON', 415, JSON.stringify({ code }), { 'content-type': 'application/json' }],
    ['a file', 415, code, { 'content-type': 'multipart/form-data; boundary=x' }],
  ])('when it is %s, then it is %i, with the form, and nothing is checked', async (_, status, body, headers) => {
    const { app, genuine } = open()
    const answer = await post(app, body, headers)
    expect(answer.status).toBe(status)
    expect(answer.html).toMatch(/aria-describedby="problem hint" aria-invalid="true"/)
    expect(genuine).not.toHaveBeenCalled()
  })

  it('when it is any bytes, then nothing of them comes back', async () => {
    const { app, genuine } = open()
    const usual = await post(app, 'code=')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 190 }), async (bytes) => {
        expect((await post(app, Buffer.concat([Buffer.from('code=~'), bytes]))).html).toBe(usual.html)
      }),
      { numRuns: 100 },
    )
    expect(genuine).not.toHaveBeenCalled()
  })

  it('when many are tried, then only so many are checked, and the rest is told that this means nothing', async () => {
    const { app, genuine } = open({ guesses: { perSecond: 0.001, burst: 3 } })
    const statuses = []
    for (let n = 0; n < 6; n += 1) statuses.push((await post(app, `code=00000000000${n}`)).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429])
    expect(genuine).toHaveBeenCalledTimes(3)
    expect((await post(app, `code=${code}`)).text).toContain('This says nothing about your mail')
  })

  it('when nobody can tell, then the page says that, and nothing of the inside', async () => {
    const broken = async () => {
      throw new Error('secret inside')
    }
    const { status, html, text } = await post(open({ genuine: broken }).app, `code=${code}`)
    expect(status).toBe(503)
    expect(text).toContain('We cannot check codes at the moment.')
    expect(html).not.toContain('secret')
  })
})

describe('given the page', () => {
  it('when it is shown, then it may run no script, load nothing, stand in no frame, and tell nobody whence one comes', async () => {
    const { headers, body } = await open().app.inject({ url: '/genuine' })
    const style = /<style>([\s\S]*)<\/style>/.exec(body)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    expect(body).not.toMatch(/<script|<link|<img|\bsrc=|\bstyle=|\son[a-z]+=|https?:/)
  })

  it('when it is read with other means than eyes, then language, title, heading and label say what it is', async () => {
    const { body } = await open().app.inject({ url: '/genuine' })
    expect(body).toContain('<html lang="en">')
    expect(body).toMatch(/<title>Is this mail genuine\?/)
    expect(body.match(/<h1>/g)).toHaveLength(1)
    expect(body).toMatch(/<label for="code">[^<]+<\/label>/)
    for (const id of ['code', 'hint']) expect(body.split(`id="${id}"`)).toHaveLength(2)
    expect(body).toContain('width=device-width')
  })
})

describe('given the listener with the page', () => {
  it('when a form comes, then only the page takes it, and heartbeats stay JSON', async () => {
    const genuine = vi.fn(async () => place)
    const app = createListener({
      take: async () => ({ word: 'go on' }),
      token: () => '00',
      stopLine: async () => undefined,
      genuine,
      contact,
    })
    apps.push(app)
    expect((await post(app, `code=${code}`)).status).toBe(200)
    const beat = await app.inject({ method: 'POST', url: '/v1/heartbeat', headers: form, payload: `code=${code}` })
    expect([beat.statusCode, beat.body]).toEqual([415, 'not JSON'])
    expect((await app.inject({ url: '/v1/heartbeat' })).body).toBe('not found')
  })

  it('when its parts are absent, then there is no such page', async () => {
    const app = createListener({ take: async () => ({ word: 'go on' }), token: () => '00', stopLine: async () => undefined })
    apps.push(app)
    expect((await app.inject({ url: '/genuine' })).statusCode).toBe(404)
  })
})

describe("given the sites' door", () => {
  it('when a code is checked there, then it answers as the listener does, and fetching checks nothing', async () => {
    const genuine = vi.fn(async (asked: string) => (asked === code ? place : undefined))
    const none = { find: async () => undefined, take: async () => ({ receipt: '' }), log: () => {} }
    const app = createSitesDoor({ ...none, genuine: { genuine, contact } })
    apps.push(app)
    const fetched = await app.inject({ url: `/genuine?code=${code}` })
    expect([fetched.statusCode, genuine.mock.calls.length]).toEqual([200, 0])
    expect(fetched.headers['content-security-policy']).toContain("default-src 'none'")
    expect((await post(app, `code=${code}`)).text).toContain('This code stands in the alert that we sent to SITE-A')
    expect((await post(app, 'code=ffffffffffff')).text).toContain('We know no such code')
  })
})
