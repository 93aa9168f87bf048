import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { messageOf } from '../../core/domain/errors.ts'
import { Identity } from '../../core/domain/identity.ts'
import type { HttpRequest } from '../../core/domain/reach.ts'
import { createHttpPool, type HttpPool, type HttpSettings } from '../../core/io/http/client.ts'
import { type GridCa, HAS_OPENSSL, openGridCa, USER } from './grid-ca.ts'
import { openPeers, type Peers, settingsOf } from './http-rig.ts'

const withoutOpenssl = HAS_OPENSSL ? '' : ' (skipped: there is no openssl to make certificates with)'
let ca: GridCa
let pool: HttpPool
let peers: Peers

describe.skipIf(!HAS_OPENSSL)(`https${withoutOpenssl}`, () => {
  beforeAll(() => {
    ca = openGridCa()
  })
  afterAll(() => ca.remove())
  beforeEach(() => {
    pool = createHttpPool()
    peers = openPeers()
  })
  afterEach(async () => {
    await pool.close()
    await peers.close()
  })

  const get = (url: string, auth: HttpRequest['auth']): HttpRequest => ({ method: 'GET', url, auth, timeoutMs: 5000 })
  const ask = (request: HttpRequest, more: Partial<HttpSettings> = {}) => pool.request(request, settingsOf(ca, more))
  const failure = (request: HttpRequest, more: Partial<HttpSettings> = {}) =>
    ask(request, more).then(
      (answer) => `answered ${answer.status}`,
      (error) => `${error.name}: ${messageOf(error)}`,
    )
  const keys = () => ({ cert: readFileSync(ca.host.cert), key: readFileSync(ca.host.key), ca: readFileSync(ca.authority.cert) })
  const withProxy = (proxyFile: string) => ({ identity: Identity.parse({ subject: USER, kind: 'attacker', holder: 'x', proxyFile }) })
  const withToken = (tokenFile: string) => ({ identity: Identity.parse({ subject: USER, kind: 'attacker', holder: 'x', tokenFile }) })
  const peerOf = (request: IncomingMessage) => (request.socket as TLSSocket).getPeerCertificate(true)
  /** The server of a site as OpenSSL's: certificates wanted, proxies known. */
  const demanding = (...argv: string[]) =>
    peers.openssl('-cert', ca.host.cert, '-key', ca.host.key, '-CAfile', ca.authority.cert, '-Verify', '5', '-verify_return_error', ...argv)

  describe('the server', () => {
    test('given a CA of the folder, then it is trusted, and a new CA is seen when the folder changes', async () => {
      const other = ca.makeAuthority('other')
      const host = ca.issue('other-host', { by: other, subject: '/CN=localhost', extensions: 'subjectAltName=IP:127.0.0.1\n' })
      const url = await peers.https({ cert: readFileSync(host.cert), key: readFileSync(host.key) }, (_q, answer) => answer.end('ok'))
      expect(await failure(get(url, 'none'))).toMatch(/PermanentError.*UNABLE_TO_VERIFY_LEAF_SIGNATURE.*not trusted/)
      writeFileSync(join(ca.caFolder, '0f0f0f0f.0'), readFileSync(other.cert))
      writeFileSync(join(ca.caFolder, 'broken.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
      expect(await ask(get(url, 'none'))).toMatchObject({ status: 200, body: 'ok' })
      rmSync(join(ca.caFolder, '0f0f0f0f.0'))
      expect(await failure(get(url, 'none'))).toMatch(/PermanentError.*not trusted/)
    })

    test('given another name in its certificate, then it is not trusted', async () => {
      const host = ca.issue('elsewhere', { subject: '/CN=elsewhere.example', extensions: 'subjectAltName=DNS:elsewhere.example\n' })
      const url = await peers.https({ cert: readFileSync(host.cert), key: readFileSync(host.key) }, (_q, answer) => answer.end('ok'))
      expect(await failure(get(url, 'none'))).toMatch(/PermanentError.*ERR_TLS_CERT_ALTNAME_INVALID/)
    })

    test('given a certificate that lapsed, then it may be better tomorrow', async () => {
      const host = ca.issue('old-host', { subject: '/CN=localhost', days: -1, extensions: 'subjectAltName=IP:127.0.0.1\n' })
      const url = await peers.https({ cert: readFileSync(host.cert), key: readFileSync(host.key) }, (_q, answer) => answer.end('ok'))
      expect(await failure(get(url, 'none'))).toMatch(/TransientError.*CERT_HAS_EXPIRED/)
    })
  })

  describe('a proxy', () => {
    test('given a proxy of a proxy, then the server gets the whole chain', async () => {
      const first = ca.proxyOf(ca.user)
      const second = ca.proxyOf(first, { isLimited: true })
      const proxyFile = ca.fileOf('proxy.pem', [second, first, ca.user])
      const seen: string[] = []
      const url = await peers.https({ ...keys(), requestCert: true, rejectUnauthorized: false }, (request, answer) => {
        let link = peerOf(request)
        while (link?.subject && link.issuerCertificate !== link) {
          seen.push(String(link.subject.CN))
          link = link.issuerCertificate
        }
        answer.end('ok')
      })
      expect(await ask(get(url, 'proxy'), withProxy(proxyFile))).toMatchObject({ status: 200 })
      const [last, before] = [second, first].map((one) => one.subject.split('CN=').at(-1))
      expect(seen).toEqual([['Alice Physicist', before, last].join(','), ['Alice Physicist', before].join(','), 'Alice Physicist'])
    })

    test.each(['-tls1_2', '-tls1_3'])('given a server with %s that knows proxies, then it accepts the chain', async (version) => {
      const first = ca.proxyOf(ca.user)
      const url = await demanding('-allow_proxy_certs', version)
      expect(await ask(get(url, 'proxy'), withProxy(ca.fileOf('fine.pem', [first, ca.user])))).toMatchObject({ status: 200 })
    })

    test('given a new file, then the next request shows the new credential', async () => {
      const names: string[] = []
      const url = await peers.https({ ...keys(), requestCert: true, rejectUnauthorized: false }, (request, answer) => {
        names.push(String(peerOf(request).subject?.CN))
        answer.end('ok')
      })
      const other = ca.issue('other-user', { subject: '/DC=example/CN=Other Person' })
      const proxyFile = ca.fileOf('renewed.pem', [ca.user])
      await ask(get(url, 'any'), withProxy(proxyFile))
      await ask(get(url, 'any'), withProxy(proxyFile))
      ca.fileOf('renewed.pem', [other])
      await ask(get(url, 'any'), withProxy(proxyFile))
      await ask(get(url, 'none'), withProxy(proxyFile))
      expect(names).toEqual(['Alice Physicist', 'Alice Physicist', 'Other Person', 'undefined'])
    })

    test.each(['-tls1_2', '-tls1_3'])(
      'given refusals with %s, then the words of the alert are kept and nothing is sent',
      async (version) => {
        const expired = ca.fileOf('expired.pem', [ca.issue('expired', { days: -1 })])
        const stranger = ca.fileOf('stranger.pem', [ca.issue('stranger', { by: ca.makeAuthority('unknown'), subject: '/CN=Stranger' })])
        const banned = ca.issue('banned', { subject: '/CN=Banned' })
        const url = await demanding(version, '-CRL', ca.revocationList(banned), '-crl_check')
        const post: HttpRequest = { ...get(url, 'proxy'), method: 'POST', body: 'x'.repeat(100_000) }
        expect(await failure(post, withProxy(expired))).toMatch(/PermanentError: .*certificate refused: certificate expired/)
        expect(await failure(post, withProxy(stranger))).toMatch(/PermanentError: .*certificate refused: unknown ca/)
        expect(await failure(post, withProxy(ca.fileOf('banned.pem', [banned])))).toMatch(/certificate refused: certificate revoked/)
      },
    )

    test('given no certificate where TLS 1.3 wants one, then the refusal is known although it comes after the request', async () => {
      const url = await demanding('-tls1_3')
      expect(await failure(get(url, 'none'))).toMatch(/PermanentError: .*certificate refused: certificate required/)
    })

    test('given a server that closes without a word, then the request was not sent or is unsure, never refused', async () => {
      const url = await peers.https({ ...keys(), requestCert: true, rejectUnauthorized: true }, (_q, answer) => answer.end('ok'))
      const stranger = ca.fileOf('stranger2.pem', [ca.issue('stranger2', { by: ca.makeAuthority('unknown2'), subject: '/CN=Stranger' })])
      expect(await failure(get(url, 'proxy'), withProxy(stranger))).toMatch(/TransientError|UnsureError/)
    })

    test('given a server of TLS 1.3 that sends no ticket, then it is asked all the same', async () => {
      const url = await demanding('-tls1_3', '-num_tickets', '0')
      expect(await ask(get(url, 'proxy'), withProxy(ca.fileOf('ticketless.pem', [ca.user])))).toMatchObject({ status: 200 })
    })
  })

  describe('a credential file', () => {
    const write = (name: string, text: string, mode = 0o600) => {
      writeFileSync(ca.file(name), text)
      chmodSync(ca.file(name), mode)
      return ca.file(name)
    }
    const echo = () => peers.https(keys(), (request, answer) => answer.end(request.headers.authorization ?? 'none'))

    test('given a token, then its first line is sent, read anew each time', async () => {
      const url = await echo()
      const tokenFile = write('token', ' abc.def.ghi \nsecond line\n')
      expect((await ask(get(url, 'token'), withToken(tokenFile))).body).toBe('Bearer abc.def.ghi')
      write('token', 'new')
      expect((await ask(get(url, 'any'), withToken(tokenFile))).body).toBe('Bearer new')
      expect((await ask(get(url, 'none'), withToken(tokenFile))).body).toBe('none')
    })

    test.each([
      ['everybody may read', () => write('open', 'abc', 0o644), /may be read or changed by everybody/],
      ['has no token', () => write('empty', '\nabc'), /holds no token in its first line/],
      ['has blanks in its token', () => write('blanks', 'abc def'), /holds no token/],
      ['is far too long', () => write('long', 'x'.repeat(100_000)), /has 100000 bytes; at most/],
      ['is missing', () => '/nonexistent/token', /is missing/],
      ['is a folder', () => ca.folder, /is not a file/],
    ])('given a token file that %s, then nothing is sent', async (_what, make, words) => {
      const file = make()
      expect(await failure(get('https://127.0.0.1:9/', 'token'), withToken(file))).toMatch(words)
      expect(await failure(get('https://127.0.0.1:9/', 'token'), withToken(file))).toMatch(/^TransientError/)
    })

    test.each([
      ['everybody may read', () => ca.fileOf('open.pem', [ca.user], 0o644), /may be read or changed by everybody/],
      ['is no PEM', () => write('junk.pem', 'junk'), /cannot be used/],
      ['has no key', () => write('nokey.pem', readFileSync(ca.user.cert, 'utf8')), /cannot be used/],
      [
        "has another's key",
        () => write('mixed.pem', readFileSync(ca.user.cert, 'utf8') + readFileSync(ca.host.key, 'utf8')),
        /cannot be used/,
      ],
    ])('given a proxy file that %s, then nothing is sent, and no key is in the words', async (_what, make, words) => {
      const said = await failure(get('https://127.0.0.1:9/', 'proxy'), withProxy(make()))
      expect(said).toMatch(words)
      expect(said).toMatch(/^TransientError/)
      expect(said).not.toMatch(/BEGIN/)
    })
  })
})
