import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../../core/config.ts'
import { examine } from '../../../core/doctor.ts'
import { messageOf } from '../../../core/domain/errors.ts'
import type { Instance } from '../../../core/instance.ts'
import { readTlsPair, type TlsPair } from '../../../core/io/tls-pair.ts'
import { openOffice } from '../../../core/office.ts'
import { followCertificate, officeTlsProblem } from '../../../core/office-tls.ts'
import { openFresh } from '../../app/instance.ts'
import { type GridCa, HAS_OPENSSL, openGridCa, type Pair } from '../../io/grid-ca.ts'
import { freePorts, waitUntil } from '../../services/process.ts'
import { newPerson, openRig } from './rig.ts'

const HOST = 'subjectAltName=DNS:localhost,IP:127.0.0.1\n'
const DAY_MS = 86_400_000

describe.skipIf(!HAS_OPENSSL)(`TLS of the officers' pages${HAS_OPENSSL ? '' : ' (openssl is not here)'}`, () => {
  let ca: GridCa
  let instance: Instance
  let close: () => Promise<void>
  let files: { keyFile: string; certificateFile: string }

  beforeAll(async () => {
    ca = openGridCa()
    const fresh = await openFresh()
    instance = fresh.instance
    close = fresh.close
    files = { keyFile: ca.file('office.key'), certificateFile: ca.file('office.crt') }
  })
  afterAll(async () => {
    await close?.()
    ca?.remove()
  })

  /** As `certbot` and the like put it there. */
  function install({ key, cert }: Pair): void {
    copyFileSync(key, files.keyFile)
    chmodSync(files.keyFile, 0o600)
    copyFileSync(cert, files.certificateFile)
  }

  const config = (over: object = {}) => {
    const home = join(instance.config.home, 'tls')
    return { ...readConfig({ SSC_HOME: home }, home), operator: { host: '127.0.0.1', port: 8470, trustedProxies: [], ...files, ...over } }
  }

  it('given key and certificate, when the pages are opened, then they speak TLS, say so for a year, and their cookies go over it alone', async () => {
    install(ca.host)
    const [port = 0] = await freePorts(1)
    const served = { ...instance, config: { ...instance.config, operator: { ...config().operator, port } } }
    const logged: string[] = []
    const office = await openOffice(served, (message) => void logged.push(message))
    try {
      expect(office.where).toBe(`https://localhost:${port}`)
      expect(office.firstRun).toMatch(new RegExp(`^https://localhost:${port}/join/`))
      const { cookie, form } = await newPerson(instance, office.where, { name: 'Ada', grants: [{ role: 'csirt' }] })
      const answer = await ask(port, 'GET', '/', { cookie })
      expect(answer).toMatch(/^HTTP\/1.1 200/)
      expect(answer).toMatch(/strict-transport-security: max-age=31536000/i)
      const out = await ask(port, 'POST', '/sign-out', { cookie, 'content-type': 'application/x-www-form-urlencoded' }, `_form=${form}`)
      expect(out).toMatch(/set-cookie: __Host-ssc=; .*Path=\/; .*HttpOnly; Secure; SameSite=Lax/i)
      // It ends in some days: an officer is told in time.
      expect(logged).toEqual([expect.stringContaining('the certificate ends')])
      expect(await ask(port, 'GET', '/', {}, '', { maxVersion: 'TLSv1.1' }).catch(messageOf)).toMatch(/protocol|version|closed|reset/i)
    } finally {
      await office.close()
    }
  })

  /** One request over TLS that trusts the authority of the test alone. */
  function ask(port: number, method: string, path: string, headers: Record<string, string>, body = '', tls: object = {}): Promise<string> {
    const lines = Object.entries({ host: `localhost:${port}`, connection: 'close', 'content-length': body.length, ...headers })
    return new Promise((resolve, reject) => {
      let text = ''
      const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: [readFileSync(ca.authority.cert)], ...tls })
      socket
        .on('error', reject)
        .on('data', (some) => (text += some))
        .on('close', () => resolve(text))
      socket.write(`${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`)
    })
  }

  /** The serial number of the certificate that a new connection is shown. */
  function shown(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: [readFileSync(ca.authority.cert)] })
      socket.on('error', reject).once('secureConnect', () => {
        resolve(socket.getPeerCertificate().serialNumber)
        socket.destroy()
      })
    })
  }

  it('given a certificate that is renewed, when somebody connects, then they are shown the new one; one that is broken changes nothing', async () => {
    install(ca.host)
    const first: TlsPair = await readTlsPair(files)
    const rig = await openRig({}, { tls: { key: first.key, cert: first.cert } })
    const logged: string[] = []
    const log = (message: string, data?: object) => void logged.push(`${message} ${JSON.stringify(data)}`)
    const stop = followCertificate(rig.server, { files, first, log, everyMs: 20 })
    try {
      const before = await shown(rig.port)
      install(ca.issue('renewed', { subject: '/CN=localhost', days: 60, extensions: HOST }))
      // Between the two files it may be seen half renewed.
      await waitUntil(() => logged.at(-1)?.includes('the renewed certificate is used') === true, 'the renewed certificate')
      const after = await shown(rig.port)
      expect(after).not.toBe(before)
      copyFileSync(ca.user.cert, files.certificateFile)
      await waitUntil(() => logged.at(-1)?.includes('cannot be used') === true, 'the broken one to be told')
      expect(logged.at(-1)).toMatch(/the one before it stays .*is not the key of/)
      expect(await shown(rig.port)).toBe(after)
    } finally {
      await stop()
      await rig.close()
    }
  })

  it.each([
    ['whose key others may read', () => chmodSync(files.keyFile, 0o640), /office\.key may be read or changed by others .*chmod 600/],
    [
      'with the key of another',
      () => writeFileSync(files.keyFile, readFileSync(ca.user.key)),
      /office\.key is not the key of .*office\.crt/,
    ],
    ['that is none', () => writeFileSync(files.certificateFile, 'words'), /office\.crt holds no certificate in PEM/],
    ['whose key is none', () => writeFileSync(files.keyFile, 'words'), /office\.key holds no key in PEM/],
    ['that is missing', () => rmSync(files.certificateFile), /office\.crt is missing/],
  ])('given a certificate %s, when the doctor looks or the pages are opened, then both say what to do', async (_, spoil, words) => {
    install(ca.host)
    spoil()
    const found = await examine(config(), async () => instance)
    expect(found.find(({ what }) => what === "officers' TLS")?.problem).toMatch(words)
    const served = { ...instance, config: { ...instance.config, operator: config().operator } }
    await expect(openOffice(served, () => {})).rejects.toThrow(words)
  })

  it('given a certificate that ended, comes later, ends soon or is for another host, then the doctor says which', async () => {
    install(ca.issue('long', { subject: '/CN=localhost', days: 60, extensions: HOST }))
    const problem = (host: string, days: number) => officeTlsProblem(config(), `https://${host}:8470`, Date.now() + days * DAY_MS)
    expect(await problem('localhost', 0)).toBeUndefined()
    expect(await problem('127.0.0.1', 0)).toBeUndefined()
    expect(await problem('localhost', -2)).toMatch(/holds only from .* UTC on: compare the clock/)
    expect(await problem('localhost', 50)).toMatch(/ends .* UTC: renew it/)
    expect(await problem('localhost', 61)).toMatch(/ended .* UTC: renew it/)
    expect(await problem('officers.ssc.example', 0)).toMatch(/is for DNS:localhost.* and not for officers\.ssc\.example: set operator\.url/)
    expect(await problem('[::1]', 0)).toMatch(/and not for ::1/)
  })

  it('given no certificate, when browsers come by another name than that of this machine, then a proxy has to speak TLS', async () => {
    const none = config({ keyFile: undefined, certificateFile: undefined })
    for (const origin of ['http://localhost:8470', 'https://officers.ssc.example'])
      expect(await officeTlsProblem(none, origin, 0), origin).toBeUndefined()
    expect(await officeTlsProblem(none, 'http://192.0.2.1:8470', 0)).toMatch(
      /no passkeys at http:\/\/192\.0\.2\.1:8470: set operator\.keyFile/,
    )
  })
})
