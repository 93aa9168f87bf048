import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assetUrl } from '../../../core/http/operator/assets.ts'
import { API } from '../../../core/http/operator/mount.ts'
import { routes } from '../../../core/http/operator/routes.ts'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { waitUntil } from '../../services/process.ts'
import { askRaw } from './proxy-rig.ts'
import { openRig, type Person, type Rig } from './rig.ts'

const PATIENCE = { headersMs: 400, requestMs: 600, checkMs: 50 }
const entrance = { perSecond: 0.001, burst: 6 }
const acts = routes.filter((route) => route.kind === 'acting')

describe('the officers’ pages and who means them ill', () => {
  let rig: Rig
  let csirt: Person
  let run: string

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada', [{ role: 'csirt' }])
    run = await putRun(rig.instance, sampleRun({ seed: 5, sites: 3 }))
  })
  afterAll(() => rig.close())

  const send = (path: string, headers: Record<string, string>, body: string | FormData = '') =>
    fetch(`${rig.origin}${path}`, { method: 'POST', headers: { cookie: csirt.cookie, ...headers }, body, redirect: 'manual' })
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const pathOf = (path: string) => path.replace(':run', run).replace(/:\w+/g, 'x')

  describe('headers', () => {
    const answers: [string, number, () => Promise<Response>][] = [
      ['a page', 200, () => csirt.get('/')],
      ['a page for strangers', 200, () => csirt.get('/sign-in', 'nobody')],
      ['data', 200, () => csirt.get(`${API}/runs`)],
      ['a style', 200, () => csirt.get(assetUrl('style.css'), 'nobody')],
      ['a script', 200, () => csirt.get(assetUrl('board.js'), 'nobody')],
      ['an old style', 200, () => csirt.get('/assets/old/style.css', 'nobody')],
      ['no such file', 404, () => csirt.get('/assets/x/..%2f..%2fapp.ts', 'nobody')],
      ['no such page', 404, () => csirt.get('/nothing')],
      ['no such run', 404, () => csirt.get('/runs/none')],
      ['a stranger sent away', 303, () => csirt.get('/runs', 'nobody').then(() => csirt.get(`/runs/${run}`, 'nobody'))],
      ['a stranger refused', 401, () => csirt.get(`${API}/runs`, 'nobody')],
      ['a form refused', 403, () => send('/settings/time-zone', form, 'timeZone=UTC')],
      ['a form not taken', 422, () => send('/settings/time-zone', form, `timeZone=Nowhere&_form=${csirt.form}`)],
      ['a form taken', 303, () => send('/settings/time-zone', form, `timeZone=UTC&_form=${csirt.form}`)],
      ['JSON that is none', 400, () => send('/settings/time-zone', { 'content-type': 'application/json' }, '{')],
      ['too much', 413, () => send('/settings/time-zone', form, 'a='.padEnd(300_000, 'x'))],
      ['another kind of body', 415, () => send('/settings/time-zone', { 'content-type': 'text/plain' }, '{}')],
      ['another method', 404, () => fetch(`${rig.origin}/settings`, { method: 'DELETE' })],
      ['who watches', 200, () => csirt.get('/health', 'nobody')],
      ['figures', 200, () => csirt.get('/metrics')],
      ['the document of the API', 200, () => csirt.get(`${API}/openapi.json`, 'nobody')],
    ]

    it.each(answers)(
      'given %s (%i), then it may load and frame nothing from elsewhere, and nothing keeps it that should not',
      async (_, status, ask) => {
        const answer = await ask()
        expect(answer.status, await answer.clone().text()).toBe(status)
        const policy = answer.headers.get('content-security-policy') ?? ''
        expect(policy).toMatch(/^default-src 'none'; /)
        expect(policy).toMatch(/frame-ancestors '(none|self)'/)
        expect(policy).not.toMatch(/script-src[^;]*(unsafe|\*|https?:|data:)/)
        expect(policy).not.toMatch(/style-src[^;]*(\*|https?:)/)
        for (const [name, value] of Object.entries(always)) expect(answer.headers.get(name), name).toBe(value)
        // Only what is named by its content may be kept.
        const isKept = [assetUrl('style.css'), assetUrl('board.js')].includes(new URL(answer.url).pathname)
        expect(answer.headers.get('cache-control')).toBe(isKept ? 'public, max-age=31536000, immutable' : 'no-store')
        for (const name of ['server', 'x-powered-by', 'access-control-allow-origin']) expect(answer.headers.get(name), name).toBeNull()
        const text = await answer.text()
        // A page without a script or a style in it needs no hole in the policy for them.
        if (answer.headers.get('content-type')?.startsWith('text/html'))
          expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/i)
        expect(text).not.toMatch(/node_modules|core\/http|at \w+ \(/)
      },
    )

    it('given a stream of a board, then it has the same headers', async () => {
      const ending = new AbortController()
      const stream = await fetch(`${rig.origin}/runs/${run}/live`, { headers: { cookie: csirt.cookie }, signal: ending.signal })
      ending.abort()
      expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
      for (const [name, value] of Object.entries({ ...always, 'cache-control': 'no-store' }))
        expect(stream.headers.get(name), name).toBe(value)
      expect(stream.headers.get('content-security-policy')).toMatch(/^default-src 'none'; /)
    })

    it('given a report, whose words come from sites, when it is looked at, then it runs nothing, and is no page of ours', async () => {
      const report = await csirt.get(`/runs/${run}/document?audience=csirt&format=html`)
      expect([report.status, report.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
      const policy = report.headers.get('content-security-policy') ?? ''
      expect(policy).toMatch(/^default-src 'none'; .*\bsandbox;/)
      expect(policy).not.toMatch(/script-src|allow-/)
      for (const [name, value] of Object.entries(always)) expect(report.headers.get(name), name).toBe(value)
    })

    const always = {
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    }
  })

  describe('what another site has a browser send', () => {
    const ways: [string, () => Record<string, string>, string, number][] = [
      ['from another site', () => ({ ...form, origin: 'https://evil.example' }), 'own', 403],
      ['from a page without an origin', () => ({ ...form, origin: 'null' }), 'own', 403],
      ['from another port of this host', () => ({ ...form, origin: 'http://localhost:1' }), 'own', 403],
      ['that the browser calls foreign', () => ({ ...form, 'sec-fetch-site': 'cross-site' }), 'own', 403],
      ['from a host beside ours', () => ({ ...form, 'sec-fetch-site': 'same-site' }), 'own', 403],
      ['without what the form brings', () => form, '', 403],
      ['with the start of it', () => form, 'part', 403],
      ['with as many other letters', () => form, 'é'.repeat(64), 403],
      ['as plain text', () => ({ 'content-type': 'text/plain', 'x-ssc-form': csirt.form }), 'own', 415],
      ['as nothing known', () => ({ 'content-type': 'application/octet-stream', 'x-ssc-form': csirt.form }), 'own', 415],
    ]

    it.each(ways)('given any act, when it is sent %s, then nothing is done', async (_, headers, word, status) => {
      const { store } = rig.instance
      const before = (await store.readRun(run)).length
      const token = word === 'own' ? csirt.form : word === 'part' ? csirt.form.slice(0, 63) : word
      for (const { path } of acts) {
        // Of files the body has another shape; who it is from is looked at before that.
        const answer = await send(pathOf(path), headers(), `_form=${encodeURIComponent(token)}&reason=x&text=x`)
        expect(answer.status, `${path}: ${await answer.text()}`).toBe(status)
      }
      expect((await store.readRun(run)).length).toBe(before)
    })
  })

  describe('what is too much', () => {
    const sites = async () => ((await (await csirt.get(`${API}/sites`)).json()) as { count?: number; sites: unknown[] }).sites.length
    const files = (of: [string, string][]) => {
      const body = new FormData()
      body.append('_form', csirt.form)
      for (const [name, text] of of) body.append(name, new Blob([text]), name)
      return body
    }

    it('given a file or files that are too large or too many, when they are sent, then a page says so, and nothing of them is taken', async () => {
      const before = await sites()
      const row = 'site,country,ngi\nNEW-SITE,DE,NGI_DE\n'
      const cases: [string, [string, string][]][] = [
        [
          'large',
          [
            ['csv', row],
            ['sites', `<results>${' '.repeat(64 * 1024 * 1024)}</results>`],
          ],
        ],
        ['many', Array.from({ length: 9 }, (_, i): [string, string] => [`csv${i}`, row])],
      ]
      for (const [name, of] of cases) {
        const answer = await send('/sites', {}, files(of))
        expect([name, answer.status, await answer.text()]).toEqual([name, 413, expect.stringContaining('Nothing of it was taken')])
      }
      expect(await sites()).toBe(before)
    })

    it('given a form of ever so many fields, when a stranger sends it, then it costs little', async () => {
      const begun = performance.now()
      const answer = await fetch(`${rig.origin}/sign-in/passkey`, { method: 'POST', headers: form, body: 'a&'.repeat(120_000) })
      expect([answer.status, await answer.text()]).toEqual([413, expect.stringContaining('more than 5000 fields')])
      expect(performance.now() - begun).toBeLessThan(2_000)
    })

    it('given headers or an address that are too long, then they are refused with few words', async () => {
      expect(await askRaw(rig.port, '/sign-in', { 'x-long': 'x'.repeat(20_000) })).toMatchObject({ status: 431, text: '' })
      expect((await askRaw(rig.port, `/runs/${'x'.repeat(5_000)}`, { host: `localhost:${rig.port}` })).status).toBeGreaterThanOrEqual(400)
    })
  })
})

describe('who sends so slowly that it never ends', () => {
  let rig: Rig

  // A pace of its own: what is large, and sent in earnest, takes longer on a busy machine.
  beforeAll(async () => {
    rig = await openRig({}, { patience: PATIENCE })
  })
  afterAll(() => rig.close())

  it.each([
    ['headers', 'POST /sign-in/passkey HTTP/1.1\r\nhost: x\r\n'],
    ['a body', 'POST /sign-in/passkey HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{'],
  ])('given %s that never end, when it has waited so long, then the connection is over', async (_, bytes) => {
    const host = bytes.replace('host: x', `host: localhost:${rig.port}`)
    const closed = new Promise<void>((resolve) => {
      const socket = connect(rig.port, '127.0.0.1', () => socket.write(host))
      socket.on('error', () => {}).on('close', () => resolve())
    })
    await closed
  })
})

describe('who tries to come in by guessing', () => {
  let rig: Rig
  let ada: Person

  beforeAll(async () => {
    rig = await openRig({ entrance, entrances: { perSecond: 0.001, burst: 12 } }, { trustedProxies: ['127.0.0.1'] })
    ada = await rig.person('Ada', [{ role: 'csirt' }])
  })
  afterAll(() => rig.close())

  const from = (client: string, path: string, body?: object) =>
    fetch(`${rig.origin}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-forwarded-for': client, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })

  it('given guesses of links and passkeys, when one address made some, then it waits; another one may try; all together not without end; who is in stays in', async () => {
    expect((await from('203.0.113.1', '/join/guessed')).status).toBe(404)
    expect((await from('203.0.113.1', '/join/guessed/options', { name: 'Eve' })).status).toBe(404)
    expect((await from('203.0.113.1', '/join/guessed', { name: 'Eve', response: {} })).status).toBe(404)
    for (let n = 3; n < entrance.burst; n += 1)
      expect((await from('203.0.113.1', '/sign-in/passkey', { response: { id: 'x' } })).status).toBe(409)
    const late = await from('203.0.113.1', '/sign-in/passkey', { response: { id: 'x' } })
    expect([late.status, late.headers.get('retry-after'), await late.text()]).toEqual([429, '60', expect.stringContaining('too often')])
    for (let n = 0; n < 12 - entrance.burst; n += 1) expect((await from('203.0.113.2', '/sign-in')).status).toBe(200)
    expect((await from('203.0.113.3', '/sign-in')).status).toBe(429)
    expect((await ada.get('/')).status).toBe(200)
  })
})

describe('who asks without end', () => {
  it('given one address that asks for more than it may, then it waits, whatever it asks for; who watches as well', async () => {
    const rig = await openRig({ addresses: { perSecond: 0.001, burst: 5 } })
    try {
      const statuses: number[] = []
      for (let n = 0; n < 7; n += 1) statuses.push((await fetch(`${rig.origin}/health`)).status)
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
    } finally {
      await rig.close()
    }
  })
})

describe('who opens connections without end', () => {
  it.each([
    ['a stranger', [], 4],
    ['a proxy of ours', ['127.0.0.0/8'], 6],
  ])(
    'given %s, when it holds many open, then so many stay, others find room, and it gets its room back',
    async (_, trustedProxies, stay) => {
      const rig = await openRig({}, { crowd: { most: 6, mostEach: 4 }, trustedProxies })
      const sockets = Array.from({ length: 8 }, () => connect(rig.port, '127.0.0.1').on('error', () => {}))
      try {
        const cut = () => sockets.filter(({ closed }) => closed).length
        await waitUntil(
          () => cut() === 8 - stay,
          () => `${8 - stay} of 8 to be cut, and not ${cut()}`,
        )
        for (const socket of sockets) socket.destroy()
        await waitUntil(
          () =>
            fetch(`${rig.origin}/health`).then(
              ({ ok }) => ok,
              () => false,
            ),
          'room for an officer',
        )
      } finally {
        for (const socket of sockets) socket.destroy()
        await rig.close()
      }
    },
  )
})
