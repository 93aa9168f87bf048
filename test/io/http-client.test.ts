import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { messageOf } from '../../core/domain/errors.ts'
import type { HttpRequest } from '../../core/domain/reach.ts'
import { createHttpPool, type HttpPool, type HttpSettings } from '../../core/io/http/client.ts'
import { openPeers, type Peers, settingsOf } from './http-rig.ts'

const nowhere = { caFolder: '/nonexistent' }
let pool: HttpPool
let peers: Peers

beforeEach(() => {
  pool = createHttpPool()
  peers = openPeers()
})
afterEach(async () => {
  await pool.close()
  await peers.close()
})

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({ method: 'GET', url, auth: 'none', ...more })
const ask = (request: HttpRequest, more: Partial<HttpSettings> = {}) => pool.request(request, settingsOf(nowhere, more))
const failure = (request: HttpRequest, more: Partial<HttpSettings> = {}) =>
  ask(request, more).then(
    (answer) => `answered ${answer.status}`,
    (error) => `${error.name}: ${messageOf(error)}`,
  )

describe('a request', () => {
  test('given headers and a body, then they arrive exactly as given, and the answer comes back whatever its status', async () => {
    const seen: { raw: string[]; body: string; url: string | undefined }[] = []
    const url = await peers.http(async (request: IncomingMessage, answer) => {
      seen.push({ raw: request.rawHeaders, body: await text(request), url: request.url })
      answer.writeHead(418, [
        ['X-Many', 'a'],
        ['X-Many', 'b'],
        ['__proto__', 'x'],
      ] as any)
      answer.end('käse')
    })
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' }
    const answer = await ask(get(`${url}/a/b?q=%2F`, { method: 'POST', headers, body: '{"ä":1}' }))
    expect(answer).toMatchObject({ status: 418, body: 'käse', isCut: false })
    expect(answer.headers['x-many']).toBe('a, b')
    expect(seen[0]).toMatchObject({ body: '{"ä":1}', url: '/a/b?q=%2F' })
    const raw = seen[0]!.raw.join('\n')
    expect(raw).toContain('Content-Type\napplication/json\nAccept\napplication/json')
    expect(raw).not.toMatch(/authorization/i)
  })

  test('given a redirect, then it is an answer and nothing is followed', async () => {
    let asked = 0
    const url = await peers.http((_request, answer) => {
      asked++
      answer.writeHead(302, { Location: '/elsewhere' }).end()
    })
    expect(await ask(get(url))).toMatchObject({ status: 302, headers: { location: '/elsewhere' } })
    expect(asked).toBe(1)
  })

  test('given many requests to one host, then a few connections carry them', async () => {
    const ports = new Set<number | undefined>()
    const url = await peers.http((request, answer) => {
      ports.add(request.socket.remotePort)
      answer.end('ok')
    })
    for (let i = 0; i < 20; i++) await ask(get(url))
    expect(ports.size).toBe(1)
  })

  test('given many requests at once within one call, then all are answered and nothing warns', async () => {
    const warnings: string[] = []
    const warn = (warning: Error) => warnings.push(warning.message)
    process.on('warning', warn)
    const url = await peers.http((_request, answer) => answer.end('ok'))
    const { signal } = new AbortController()
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(get(url), { signal })))
    expect(answers.every(({ body }) => body === 'ok')).toBe(true)
    await new Promise(setImmediate)
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })

  test.each([
    ['another host', 'https://elsewhere.example/', /PermanentError: elsewhere.example is not among the hosts/],
    ['a host that only begins alike', 'https://127.0.0.1.elsewhere.example/', /PermanentError.*not among/],
    ['another scheme', 'file://127.0.0.1/etc/passwd', /PermanentError.*only https/],
    ['plain http beyond loopback', 'http://ce.site.example/', /PermanentError.*only https/],
    ['a password', 'https://127.0.0.1@127.0.0.1/', /PermanentError.*no name or password/],
    ['no address', 'not an address', /PermanentError: not the address/],
    ['a broken header', 'http://127.0.0.1:9/', /PermanentError.*header/, { headers: { 'X-Bad': 'a\r\nX-Other: b' } }],
    ['a host without a name', 'https://nohost.example/', /TransientError.*ENOTFOUND|EAI_AGAIN/],
    ['a closed port', 'http://127.0.0.1:1/', /TransientError.*ECONNREFUSED/],
    ['no credential at all', 'http://127.0.0.1:9/', /TransientError: nobody has no proxy and no token/, { auth: 'any' as const }],
  ])('given %s, then nothing is sent', async (_what, url, words, more: Partial<HttpRequest> = {}) => {
    expect(await failure(get(url, more), { hosts: ['127.0.0.1', 'nohost.example', 'ce.site.example'] })).toMatch(words)
  })

  test('given no free slot, then it waits no longer than the call', async () => {
    const abort = new AbortController()
    const call = failure(get('http://127.0.0.1:9/'), { signal: abort.signal, limit: () => new Promise(() => {}) })
    abort.abort()
    expect(await call).toMatch(/TransientError.*given up before/)
  })

  test('given a pool that was closed, then nothing is sent', async () => {
    await pool.close()
    expect(await failure(get('http://127.0.0.1:9/'))).toMatch(/TransientError.*given up before/)
  })
})

describe('a download', () => {
  test('given bytes that are no text, then they arrive as they are; more than is wanted is cut off', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const url = await peers.http((_, answer) => answer.end(bytes))
    const whole = await pool.download(get(url), settingsOf(nowhere))
    expect(whole).toMatchObject({ status: 200, isCut: false })
    expect(whole.bytes.equals(bytes)).toBe(true)
    const cut = await pool.download(get(url, { maxBytes: 100 }), settingsOf(nowhere))
    expect([cut.isCut, cut.bytes.length]).toEqual([true, 100])
  })

  test('given plain http to what is not called loopback, then only a download goes there', async () => {
    const url = (await peers.http((_, answer) => answer.end('signed'))).replace('127.0.0.1', '0.0.0.0')
    const hosts = ['0.0.0.0']
    expect(await failure(get(url), { hosts })).toContain('only https is spoken')
    expect(String((await pool.download(get(url), settingsOf(nowhere, { hosts }))).bytes)).toBe('signed')
    await expect(pool.download(get(url), settingsOf(nowhere))).rejects.toThrow('not among the hosts')
    await expect(pool.download(get('ftp://0.0.0.0/'), settingsOf(nowhere, { hosts }))).rejects.toThrow('only https is spoken')
  })
})

describe('a hostile server', () => {
  test('given an endless body, then what is wanted is kept and the connection is closed', async () => {
    const url = await peers.http((_request, answer) => {
      const more = () => {
        while (!answer.destroyed && answer.write('é'.repeat(500)));
      }
      answer.on('drain', more)
      more()
    })
    const answer = await ask(get(url, { maxBytes: 1001 }))
    expect(answer).toEqual({ status: 200, headers: expect.anything(), body: 'é'.repeat(500), isCut: true })
    await vi.waitFor(() => expect(peers.open()).toBe(0), { timeout: 10_000 })
  })

  test('given a body of just the longest length, then it is whole', async () => {
    const url = await peers.http((_request, answer) => answer.end('x'.repeat(1000)))
    expect(await ask(get(url, { maxBytes: 1000 }))).toMatchObject({ isCut: false })
    expect(await ask(get(url, { maxBytes: 999 }))).toMatchObject({ isCut: true, body: 'x'.repeat(999) })
  })

  test.each([
    ['that hangs after it accepted', (socket: any) => socket.resume(), /UnsureError.*no complete answer within 200 ms.*; it was sent/],
    ['that drips', drip, /UnsureError.*within 200 ms.*it answered 200, not to the end/],
    ['that resets', (socket: any) => socket.once('data', () => socket.resetAndDestroy()), /UnsureError.*ECONNRESET|other side closed/],
    ['that closes', (socket: any) => socket.once('data', () => socket.end()), /UnsureError.*other side closed/],
    ['that speaks garbage', (socket: any) => socket.resume().end('\u0000\u0001 HELO\r\n\r\n'), /UnsureError/],
    ['that speaks before it is asked', (socket: any) => socket.resume().write('SSH-2.0-OpenSSH_9.2\r\n'), /UnsureError/],
    ['with giant headers', giant, /UnsureError.*(overflow|UND_ERR_HEADERS_OVERFLOW)/i],
    [
      'that breaks off',
      (socket: any) => socket.resume().end('HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\nx'),
      /UnsureError.*it answered 201/,
    ],
    ['that changes the protocol', upgrade, /UnsureError/],
  ])('given one %s, then the request is unsure, in time', async (_what, behave, words) => {
    const port = await peers.tcp(behave)
    const startMs = performance.now()
    expect(await failure(get(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x', timeoutMs: 200 }))).toMatch(words)
    expect(performance.now() - startMs).toBeLessThan(2000)
    await vi.waitFor(() => expect(peers.open()).toBe(0), { timeout: 10_000 })
  })

  test('given one that hangs in the handshake, then nothing was sent and no connection stays', async () => {
    const port = await peers.tcp((socket) => socket.resume())
    expect(await failure(get(`https://127.0.0.1:${port}/`, { timeoutMs: 200 }))).toMatch(/TransientError.*within 200 ms/)
    await vi.waitFor(() => expect(peers.open()).toBe(0), { timeout: 10_000 })
  })

  test('given one that hangs in the handshake for some, then the others are not held up, and it ends when the last gives up', async () => {
    const port = await peers.tcp((socket) => socket.resume())
    const calls = [100, 200, 300].map((timeoutMs) => failure(get(`https://127.0.0.1:${port}/`, { timeoutMs })))
    for (const words of await Promise.all(calls)) expect(words).toMatch(/TransientError/)
    await vi.waitFor(() => expect(peers.open()).toBe(0), { timeout: 10_000 })
  })

  test('given one that is no TLS, then nothing was sent', async () => {
    const port = await peers.tcp((socket) => socket.once('data', () => socket.end('220 mail.example ESMTP\r\n')))
    expect(await failure(get(`https://127.0.0.1:${port}/`))).toMatch(/TransientError.*(wrong version|SSL)/)
  })

  test('given an abort while it is on its way, then it is unsure at once', async () => {
    const abort = new AbortController()
    const port = await peers.tcp((socket) => socket.once('data', () => abort.abort()))
    expect(await failure(get(`http://127.0.0.1:${port}/`), { signal: abort.signal })).toMatch(/UnsureError.*given up, as asked/)
  })

  test('given an announcement before the answer, then the answer counts', async () => {
    const port = await peers.tcp(async (socket) => {
      await once(socket, 'data')
      socket.write('HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
    expect(await ask(get(`http://127.0.0.1:${port}/`))).toMatchObject({ status: 200, body: 'ok', headers: { 'content-length': '2' } })
  })
})

function drip(socket: any): void {
  socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n'))
  const timer = setInterval(() => socket.write('.'), 20)
  socket.once('close', () => clearInterval(timer))
}

function giant(socket: any): void {
  socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\n${'X-Big: '.padEnd(200, 'x').concat('\r\n').repeat(5000)}`))
}

function upgrade(socket: any): void {
  socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: nothing\r\n\r\n'))
}
