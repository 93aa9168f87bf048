import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Identity } from '../../core/domain/identity.ts'
import { anIdentity, ask, makeList, serialOf } from './crl-rig.ts'
import { type GridCa, HAS_OPENSSL, openGridCa } from './grid-ca.ts'
import { openPeers } from './http-rig.ts'

describe.skipIf(!HAS_OPENSSL)('a revocation list of a CA (skipped where there is no openssl)', () => {
  let ca: GridCa
  let identity: Identity
  const peers = openPeers()

  beforeAll(() => {
    ca = openGridCa()
    identity = anIdentity({ renewable: { kind: 'certificate', file: ca.user.cert } })
  })

  afterAll(async () => {
    await peers.close()
    ca.remove()
  })

  /** What is said of the user's certificate when a web server answers with this. */
  async function read(body: Buffer | string, { status = 200, who = identity }: { status?: number; who?: Identity | undefined } = {}) {
    const url = await peers.http((_, response) => response.writeHead(status, { location: '/elsewhere' }).end(body))
    return ask(ca, `${url}/ca.crl`, { identity: who })
  }

  it('given a list, as DER or as PEM, when the certificate stands in it or not, then that is said with the date of the list', async () => {
    const before = Date.now() - 60_000
    const listed = await read(makeList(ca, { serials: ['0A', serialOf(ca.user)] }))
    expect(listed).toMatchObject({ listed: 'yes', why: expect.stringContaining(serialOf(ca.user)) })
    expect(listed.thisUpdateMs).toBeGreaterThan(before)
    expect(await read(readFileSync(ca.file('list.pem')))).toMatchObject({ listed: 'yes' })
    expect(await read(`A list\r\n${readFileSync(ca.file('list.pem'), 'latin1')}`)).toMatchObject({ listed: 'yes' })
    expect(await read(makeList(ca))).toMatchObject({ listed: 'no' })
    // A longer number that holds this one, and one that this one holds.
    const near = [`AA${serialOf(ca.user)}`, `${serialOf(ca.user)}00`, serialOf(ca.host)]
    expect(await read(makeList(ca, { serials: near }))).toMatchObject({ listed: 'no' })
  })

  it('given a proxy alone in the register, when asked, then the certificate that it comes from counts', async () => {
    const proxyFile = ca.fileOf('proxy.pem', [ca.proxyOf(ca.user), ca.user])
    expect(await read(makeList(ca, { serials: [serialOf(ca.user)] }), { who: anIdentity({ proxyFile }) })).toMatchObject({ listed: 'yes' })
  })

  it.each<[string, Parameters<typeof makeList>[1], string]>([
    ['that ended', { from: '20200101000000Z', to: '20200201000000Z' }, 'the list ended at 2020-02-01'],
    ['that begins later', { from: '20800101000000Z', to: '20810201000000Z' }, 'the list begins only at 2080-01-01'],
    ['of some certificates only', { critical: true }, 'covers some certificates only'],
  ])('given a list %s, when it holds the certificate, then that says nothing', async (_, wish, why) => {
    const seen = await read(makeList(ca, { ...wish, serials: [serialOf(ca.user)] }))
    expect(seen).toEqual({ listed: 'unknown', why: expect.stringContaining(why) })
  })

  it('given a list of another CA, of the same name or trusted as well, when it holds the number, then that says nothing', async () => {
    const other = ca.makeAuthority('other')
    writeFileSync(join(ca.caFolder, 'other.pem'), readFileSync(other.cert))
    const fake = openGridCa()
    try {
      const serials = [serialOf(ca.user)]
      for (const list of [makeList(ca, { by: other, serials }), makeList(fake, { serials })])
        expect(await read(list)).toEqual({ listed: 'unknown', why: 'the list is not signed by the CA that issued the certificate' })
    } finally {
      fake.remove()
    }
  })

  it('given a certificate that has ended, when it does not stand in the list, then that says nothing', async () => {
    const asked = async (list: Buffer) => {
      const url = await peers.http((_, response) => response.end(list))
      return ask(ca, url, { identity, laterMs: 6 * 86_400_000 })
    }
    expect(await asked(makeList(ca))).toEqual({ listed: 'unknown', why: expect.stringContaining('the certificate itself ended') })
    expect(await asked(makeList(ca, { serials: [serialOf(ca.user)] }))).toMatchObject({ listed: 'yes' })
  })

  it('given a list in which one byte was changed, when read, then it says nothing', async () => {
    const list = makeList(ca, { serials: [serialOf(ca.user)] })
    for (let place = 40; place < list.length; place += 17) {
      const changed = Buffer.from(list)
      changed[place]! ^= 1
      expect((await read(changed)).listed).toBe('unknown')
    }
  })

  it.each([
    ['nothing', ''],
    ['a page', '<html>not here</html>'],
    ['zeros', Buffer.alloc(1000)],
    ['the beginning of a list', Buffer.from('3082ffff3082', 'hex')],
    ['PEM around nonsense', '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  ])('given %s in place of a list, when read, then it is no list', async (_, body) => {
    expect(await read(body)).toEqual({ listed: 'unknown', why: 'what came is not a revocation list' })
  })

  it('given too much, when read, then it is cut off', async () => {
    const url = await peers.http((_, response) => {
      const more = () => {
        while (response.writable && response.write(Buffer.alloc(65_536, '0')));
      }
      response.on('drain', more).on('error', () => {})
      more()
    })
    expect(await ask(ca, url, { identity })).toEqual({ listed: 'unknown', why: 'the list has more than 10485760 bytes' })
  })

  it('given a server that sends elsewhere, is away or hangs, when asked, then that is said, in time', async () => {
    for (const status of [301, 404, 500])
      expect(await read('', { status })).toMatchObject({ listed: 'unknown', why: expect.stringContaining(`answered ${status}`) })
    const silent = await peers.tcp(() => {})
    const hanging = await ask(ca, `http://127.0.0.1:${silent}/`, { identity, signal: AbortSignal.timeout(300) })
    expect(hanging).toMatchObject({ listed: 'unknown', why: expect.stringContaining('127.0.0.1') })
    const away = await peers.http(() => {})
    await peers.close()
    expect(await ask(ca, away, { identity })).toMatchObject({ listed: 'unknown', why: expect.stringContaining('ECONNREFUSED') })
  })

  it.each<[string, () => Identity | undefined, string]>([
    ['no entry', () => undefined, 'name its file in identities.yaml'],
    ['no file', () => anIdentity(), 'name its file in identities.yaml'],
    ['a file that is missing', () => anIdentity({ proxyFile: '/nonexistent/x' }), '/nonexistent/x is missing'],
    ['the file of somebody else', () => anIdentity({ proxyFile: ca.host.cert }), "belongs to '/CN=localhost'"],
    ['a file without a certificate', () => anIdentity({ proxyFile: ca.user.key }), 'holds no certificate'],
    ['a proxy without its certificate', () => anIdentity({ proxyFile: ca.proxyOf(ca.user).cert }), 'holds proxies alone'],
  ])('given a register with %s, when asked, then nothing is known, and what to do is said', async (_, who, why) => {
    expect(await ask(ca, 'http://127.0.0.1:9/', { identity: who() })).toEqual({ listed: 'unknown', why: expect.stringContaining(why) })
  })

  it('given a CA that is not in the folder, when asked, then nothing is known', async () => {
    const seen = await ask({ caFolder: '/nonexistent' }, 'http://127.0.0.1:9/', { identity })
    expect(seen.why).toContain('is not in the CA folder /nonexistent')
  })
})
