import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { InputError, PermanentError, TransientError } from '../../core/domain/errors.ts'
import { GocdbOptions } from '../../core/io/gocdb/options.ts'
import { readGocdb } from '../../core/io/gocdb/read-gocdb.ts'
import { type FetchOptions, fetchGocdb } from '../../core/io/gocdb-fetch.ts'
import { askGocdb } from '../../core/io/gocdb-source.ts'

function hasOpenssl(): boolean {
  try {
    return execFileSync('openssl', ['version'], { stdio: 'pipe' }).length > 0
  } catch {
    return false
  }
}

type Handler = (url: URL, response: ServerResponse, request: IncomingMessage) => void

const fixture = (name: string) => readFileSync(new URL(`fixtures/gocdb/${name}.xml`, import.meta.url), 'utf8')
const site = (name: string) => fixture('get_site').replaceAll('FR-UN', `FR-${name}`).replaceAll('DE-ZWEI', `DE-${name}`)
const linkTo = (xml: string, href: string) =>
  xml.replace('<results>', `<results><meta><link rel="self" href="/"/><link rel="next" href="${href}"/></meta>`)

/** Answers as GOCDB does, without pages. */
const plain: Handler = (url, response) => void response.end(fixture(url.searchParams.get('method')!))

if (!hasOpenssl()) test.skip('fetching from GOCDB: there is no openssl command to make certificates with', () => {})

describe.skipIf(!hasOpenssl())('given a GOCDB server', () => {
  let folder: string
  let server: Server
  let handler: Handler
  let asked: string[]
  let peers: (string | undefined)[]

  function makeCertificates(): void {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA', '-days', '2')
    writeFileSync(join(folder, 'server.ext'), 'subjectAltName=IP:127.0.0.1\n')
    writeFileSync(join(folder, 'client.ext'), 'extendedKeyUsage=clientAuth\n')
    for (const name of ['server', 'client']) {
      openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}.example`)
      const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`]
      openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`)
    }
  }

  const path = (name: string) => join(folder, name)
  const port = () => (server.address() as AddressInfo).port
  const certificate = () => ({ certPath: path('client.pem'), keyPath: path('client.key') })
  const options = (more: Partial<FetchOptions> = {}): FetchOptions => ({
    baseUrl: `https://127.0.0.1:${port()}/gocdbpi`,
    certificate: certificate(),
    caPath: path('ca.pem'),
    timeoutMs: 20_000,
    ...more,
  })

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ssc-gocdb-'))
    makeCertificates()
    const tls = { key: readFileSync(path('server.key')), cert: readFileSync(path('server.pem')), ca: readFileSync(path('ca.pem')) }
    server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, (request, response) => {
      const socket = request.socket as TLSSocket
      asked.push(request.url!)
      peers.push(socket.authorized ? String(socket.getPeerCertificate().subject.CN) : undefined)
      handler(new URL(request.url!, 'https://x.example'), response, request)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  })

  afterEach(() => server.closeAllConnections())

  afterAll(async () => {
    await new Promise((done) => server.close(done))
    rmSync(folder, { recursive: true })
  })

  function answer(by: Handler): void {
    handler = by
    asked = []
    peers = []
  }

  test('when it answers, then all five documents come, and the sixth when it is wanted, over the entry point of each, and can be read', async () => {
    answer(plain)
    const { files, warnings } = await fetchGocdb(options({ scope: 'EGI,wlcg', downtimesSince: '2027-01-01' }), ['certifications'])
    expect(warnings).toEqual([])
    expect(asked).toEqual([
      '/gocdbpi/private/?method=get_site&scope=EGI%2Cwlcg&next_cursor=0',
      '/gocdbpi/public/?method=get_service_endpoint&scope=EGI%2Cwlcg&next_cursor=0',
      '/gocdbpi/public/?method=get_downtime&scope=EGI%2Cwlcg&windowstart=2027-01-01&next_cursor=0',
      '/gocdbpi/private/?method=get_ngi&scope=EGI%2Cwlcg&next_cursor=0',
      '/gocdbpi/private/?method=get_site_contacts&roletype=Site+Security+Officer&scope=EGI%2Cwlcg&next_cursor=0',
      // It knows no scope, and an unknown parameter is an error to it.
      '/gocdbpi/private/?method=get_cert_status_changes&next_cursor=0',
    ])
    const { federation, certifications } = readGocdb(files)
    expect(certifications).toHaveLength(3)
    expect([federation.sites.length, federation.downtimes.length, federation.ngis.length]).toEqual([2, 1, 2])
    expect(federation.sites[0]?.securityContact).toBe('bob@un.fr.example')
  })

  test('when a round asks for what runs wait for, then it gets that alone, as config.yaml says', async () => {
    answer(plain)
    const files = { certificateFile: path('client.pem'), keyFile: path('client.key'), caFile: path('ca.pem') }
    const settings = GocdbOptions.parse({ url: options().baseUrl, ...files })
    const sinceMs = Date.parse('2027-01-11T00:00:00Z')
    const ask = (wants: { downtimes: boolean; certifications: boolean }) =>
      askGocdb(settings, { sites: new Set(['FR-UN']), sinceMs, wants, signal: AbortSignal.timeout(20_000) })
    const news = await ask({ downtimes: true, certifications: true })
    expect([news.downtimes.length, news.certifications.length, news.problems]).toEqual([1, 2, []])
    await ask({ downtimes: true, certifications: false })
    const downtimes = '/gocdbpi/public/?method=get_downtime&windowstart=2027-01-10&next_cursor=0'
    expect(asked).toEqual([downtimes, '/gocdbpi/private/?method=get_cert_status_changes&next_cursor=0', downtimes])
    expect(new Set(peers)).toEqual(new Set(['client.example']))
  })

  test('when a client certificate is given, then the server sees it on every request', async () => {
    answer(plain)
    await fetchGocdb(options())
    expect(new Set(peers)).toEqual(new Set(['client.example']))
  })

  test('when a token is given, then it is sent with every request', async () => {
    const tokens: unknown[] = []
    answer((url, response, request) => {
      tokens.push(request.headers.authorization)
      plain(url, response, request)
    })
    await fetchGocdb(options({ token: 'abc.def' }))
    expect(tokens).toEqual(Array(5).fill('Bearer abc.def'))
  })

  test('when there are pages, then each next link is followed until a page is empty or the last', async () => {
    const pages: Record<string, string> = {
      0: linkTo(site('A'), '/gocdbpi/private/?method=get_site&amp;next_cursor=2'),
      2: linkTo(site('B'), `https://127.0.0.1:${port()}/gocdbpi/private/?method=get_site&amp;next_cursor=4`),
      4: linkTo('<results></results>', '/gocdbpi/private/?method=get_site&amp;next_cursor=4'),
    }
    answer((url, response, request) => {
      if (url.searchParams.get('method') !== 'get_site') return plain(url, response, request)
      response.end(pages[url.searchParams.get('next_cursor')!])
    })
    const { files } = await fetchGocdb(options())
    expect(asked.filter((a) => a.includes('method=get_site&'))).toHaveLength(3)
    expect(readGocdb({ sites: files.sites }).federation.sites.map((s) => s.name)).toEqual(['FR-A', 'DE-A', 'FR-B', 'DE-B'])
  })

  test.each(['https://evil.example/gocdbpi/', 'http://127.0.0.1/', '//evil.example/', 'javascript:alert(1)'])(
    'when a page leads to %s, then nobody is asked there',
    async (href) => {
      answer((_, response) => void response.end(linkTo(site('A'), href)))
      await expect(fetchGocdb(options({ token: 'abc' }))).rejects.toThrow(PermanentError)
      await expect(fetchGocdb(options())).rejects.toThrow(/get_site page 1: its next page .* not followed/)
      expect(asked).toHaveLength(2)
    },
  )

  test('when pages lead in a circle, then it ends', async () => {
    answer((url, response) => void response.end(linkTo(site('A'), `${url.pathname}${url.search}`.replaceAll('&', '&amp;'))))
    await expect(fetchGocdb(options())).rejects.toThrow(/get_site page 2: the server sends us in a circle/)
  })

  test('when the server does not show NGIs, contacts and changes of certification, then it goes on and says so', async () => {
    answer((url, response, request) => {
      if (!/ngi|contacts|cert_status/.test(url.search)) return plain(url, response, request)
      response.writeHead(403).end('<error>no</error>')
    })
    const { files, warnings } = await fetchGocdb(options(), ['certifications'])
    expect(Object.keys(files)).toEqual(['sites', 'services', 'downtimes'])
    expect(warnings.map((w) => w.split(':')[0])).toEqual(['get_ngi', 'get_site_contacts', 'get_cert_status_changes'])
  })

  test.each([
    [403, PermanentError, /get_site page 1: the server answered 403: give a certificate or a token/],
    [302, PermanentError, /redirects are not followed/],
    [404, PermanentError, /answered 404/],
    [429, TransientError, /try again later/],
    [500, TransientError, /try again later/],
  ])('when it answers %i, then the error says whether to try again', async (status, kind, words) => {
    answer((_, response) => void response.writeHead(status, { location: 'https://evil.example/' }).end('no'))
    const failure = await fetchGocdb(options()).catch((error) => error)
    expect(failure).toBeInstanceOf(kind)
    expect(failure.message).toMatch(words)
  })

  test('when it fails in the middle, then nothing is returned', async () => {
    answer((url, response, request) => {
      if (url.searchParams.get('method') !== 'get_downtime') return plain(url, response, request)
      if (url.searchParams.get('next_cursor') === '9') return void response.writeHead(500).end()
      response.end(linkTo(fixture('get_downtime'), '?method=get_downtime&amp;next_cursor=9'))
    })
    await expect(fetchGocdb(options())).rejects.toThrow(/get_downtime page 2: the server answered 500/)
  })

  test('when the second page is broken, then it is named', async () => {
    answer((url, response) => {
      const second = url.searchParams.get('next_cursor') === '2'
      response.end(second ? site('B').slice(0, 900) : linkTo(site('A'), '?method=get_site&amp;next_cursor=2'))
    })
    const failure = await fetchGocdb(options()).catch((error) => error)
    expect(failure).toBeInstanceOf(InputError)
    expect(failure.problems).toEqual([expect.stringMatching(/^get_site page 2:\d+:\d+: the file ends inside </)])
  })

  test('when the connection breaks in a page, then it may be tried again', async () => {
    answer((_, response) => {
      response.writeHead(200, { 'content-length': '5000' })
      response.write(site('A').slice(0, 500), () => response.socket?.destroy())
    })
    await expect(fetchGocdb(options())).rejects.toThrow(TransientError)
  })

  test.each(['before its answer', 'within its answer'])('when it hangs %s, then the deadline ends it', async (when) => {
    answer((_, response) => {
      if (when === 'within its answer') response.write('<results>')
    })
    const started = performance.now()
    await expect(fetchGocdb(options({ timeoutMs: 300 }))).rejects.toThrow(/get_site page 1: no complete answer within 300 ms/)
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  test('when the caller gives up, then it ends', async () => {
    const stop = new AbortController()
    answer(() => stop.abort())
    await expect(fetchGocdb(options({ signal: stop.signal }))).rejects.toThrow(/given up, as asked/)
  })

  test('when a page never ends, then it is cut off', async () => {
    const piece = Buffer.alloc(1024 * 1024, ' ')
    let sent = 0
    answer((_, response) => {
      const more = (failed?: Error | null) => {
        if (failed || response.destroyed || response.socket?.destroyed !== false) return
        sent += 1
        response.write(piece, more)
      }
      more()
    })
    await expect(fetchGocdb(options())).rejects.toThrow(/get_site page 1: .*at most 67108864 bytes are read/)
    expect(sent).toBeLessThan(200)
  })

  test('when its certificate is not of a known CA, then it is refused for good, before anything is asked', async () => {
    answer(plain)
    const { caPath: _, ...without } = options()
    const failure = await fetchGocdb(without).catch((error) => error)
    expect(failure).toBeInstanceOf(PermanentError)
    expect(failure.message).toMatch(/check the certificate, its key and the CA file/)
    expect(asked).toEqual([])
  })

  test('when the options are wrong, then every mistake is told', async () => {
    const missing = { certPath: path('no.pem'), keyPath: path('no.key') }
    const failure = await fetchGocdb(options({ certificate: missing, token: 'a\r\nb' })).catch((error) => error)
    expect(failure).toBeInstanceOf(InputError)
    expect(failure.problems).toHaveLength(3)
    for (const baseUrl of ['http://goc.example/', 'goc.example', 'https://me:secret@goc.example/', '']) {
      await expect(fetchGocdb(options({ baseUrl }))).rejects.toThrow(InputError)
    }
  })

  test('when nobody listens, then it may be tried again', async () => {
    await expect(fetchGocdb(options({ baseUrl: 'https://127.0.0.1:1/' }))).rejects.toThrow(TransientError)
  })
})
