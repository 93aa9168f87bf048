import { readFileSync } from 'node:fs'
import type { SMTPServerOptions } from 'smtp-server'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { TransientError } from '../../core/domain/errors.ts'
import { Signing, Smtp } from '../../core/io/mail/signing.ts'
import type { MailerOptions } from '../../core/io/mail/smtp-mailer.ts'
import { type GridCa, HAS_OPENSSL, openGridCa, type Pair } from './grid-ca.ts'
import { closeAll, mailerTo, script, send, startPeer, startSink } from './mail-rig.ts'

afterEach(closeAll)

describe.skipIf(!HAS_OPENSSL)('the mailer over TLS', () => {
  let ca: GridCa
  let pairs: Record<'good' | 'wrong name' | 'expired' | 'unknown CA', Pair>
  beforeAll(() => {
    ca = openGridCa()
    const extensions = 'subjectAltName=DNS:localhost,IP:127.0.0.1\n'
    pairs = {
      good: ca.host,
      'wrong name': ca.issue('wrong', { subject: '/CN=mail.example', extensions: 'subjectAltName=DNS:mail.example\n' }),
      expired: ca.issue('expired', { subject: '/CN=localhost', extensions, days: -1 }),
      'unknown CA': ca.issue('unknown', { subject: '/CN=localhost', extensions, by: ca.makeAuthority('other') }),
    }
  })
  afterAll(() => ca.remove())

  /** A server with that certificate, and what it saw of each connection before any mail. */
  async function startTls(pair: Pair, options: SMTPServerOptions = {}) {
    const begun: boolean[] = []
    const sink = await startSink({
      key: readFileSync(pair.key),
      cert: readFileSync(pair.cert),
      disabledCommands: ['AUTH'],
      onMailFrom: (_address, session, done) => {
        begun.push(session.secure)
        done()
      },
      ...options,
    })
    return { ...sink, begun }
  }

  const trusts = (): [string, Partial<MailerOptions>][] => [
    ['a folder of CAs', { certificates: ca.caFolder }],
    ['a file of CAs', { certificates: ca.authority.cert }],
  ]
  test.each([
    ['STARTTLS', { tls: 'required' }, {}],
    ['STARTTLS where it is offered', { tls: 'opportunistic' }, {}],
    ['TLS from the first byte', { secure: true }, { secure: true }],
  ] as const)('given %s and a good certificate, then the mail goes out, encrypted', async (_what, how, server) => {
    for (const [, trust] of trusts()) {
      const { port, taken, begun } = await startTls(pairs.good, server)
      expect(await send(mailerTo(port, { ...how, ...trust }))).toBe('250 kept as 1xV10n')
      expect(await send(mailerTo(port, { ...how, ...trust, host: 'localhost' }))).toBe('250 kept as 1xV10n')
      expect([taken.length, begun]).toEqual([2, [true, true]])
    }
  })

  test.each<['wrong name' | 'expired' | 'unknown CA', RegExp]>([
    ['wrong name', /altnames/],
    ['expired', /expired/],
    ['unknown CA', /issuer|verify|self.signed/],
  ])('given a certificate with the fault "%s", then nothing of the mail leaves, and it says why', async (fault, words) => {
    for (const how of [{ tls: 'required' }, { tls: 'opportunistic' }, { secure: true }] as const) {
      const { port, taken, begun } = await startTls(pairs[fault], 'secure' in how ? { secure: true } : {})
      const failure = send(mailerTo(port, { ...how, certificates: ca.caFolder }))
      await expect(failure).rejects.toBeInstanceOf(TransientError)
      await expect(failure).rejects.toThrow(words)
      expect([taken, begun]).toEqual([[], []])
    }
  })

  test('given a good certificate of a CA that only a grid knows, then without that CA it is not trusted', async () => {
    const { port, begun } = await startTls(pairs.good)
    await expect(send(mailerTo(port, { tls: 'required' }))).rejects.toBeInstanceOf(TransientError)
    expect(begun).toEqual([])
  })

  test.each([
    ['a file that is missing', () => '/nowhere', /cannot be read/],
    ['a file without a certificate', () => ca.authority.key, /no certificate/],
  ])('given %s in place of CAs, then nothing is sent, and it says so', async (_what, certificates, words) => {
    const { port, begun } = await startTls(pairs.good)
    const failure = send(mailerTo(port, { tls: 'required', certificates: certificates() }))
    await expect(failure).rejects.toBeInstanceOf(TransientError)
    await expect(failure).rejects.toThrow(words)
    expect(begun).toEqual([])
  })

  test('given settings without TLS, then what the server offers is not used', async () => {
    const { port, begun } = await startTls(pairs.expired)
    await send(mailerTo(port, { tls: 'none' }))
    await send(mailerTo(port))
    expect(begun).toEqual([false, false])
  })
})

describe('a mail server from whose greeting somebody took STARTTLS', () => {
  const auth = { user: 'ssc', pass: 'a secret' }
  test.each<[string, Record<string, string>]>([
    ['does not know it', {}],
    ['cannot just now', { STARTTLS: '454 not just now' }],
    ['says yes, but speaks no TLS', { EHLO: '250-peer\r\n250 STARTTLS', STARTTLS: '220 go on' }],
    ['breaks off', { STARTTLS: 'drop' }],
    ['is silent', { STARTTLS: 'hang' }],
    ['knows no EHLO', { EHLO: '502 what?', HELO: '250 peer' }],
  ])('given one that %s, when TLS is required, then neither mail nor password leaves', async (_what, over) => {
    const { port, lines } = await startPeer(script(over))
    const mailer = mailerTo(port, { tls: 'required', auth, connectTimeoutMs: 400, answerTimeoutMs: 400 })
    await expect(send(mailer)).rejects.toBeInstanceOf(TransientError)
    expect(
      lines.filter((line) => /^(MAIL|RCPT|DATA|AUTH|[A-Za-z0-9+/=]{8,}$)/.test(line) && line !== 'greeting' && line !== 'STARTTLS'),
    ).toEqual([])
  })

  test('given a host that is not this machine alone, then TLS is required without being asked for', async () => {
    const { port, lines } = await startPeer(script({}))
    // the system leads this address to 127.0.0.1, but it is not one of loopback
    await expect(send(mailerTo(port, { host: '0.0.0.0' }))).rejects.toBeInstanceOf(TransientError)
    expect(lines).toEqual(['greeting', expect.stringMatching(/^EHLO /), 'STARTTLS'])
  })

  test('given that it is taken if offered, then the mail goes without', async () => {
    const { port, lines } = await startPeer(script({}))
    expect(await send(mailerTo(port, { tls: 'opportunistic' }))).toBe('250 kept')
    expect(lines).not.toContain('STARTTLS')
  })
})

describe('the settings of mails that go out', () => {
  test('given none, then they are those of one machine, and mails are not signed', () => {
    expect(Smtp.parse({})).toEqual({ host: '127.0.0.1', port: 25, secure: false })
    expect(Signing.parse(undefined)).toBe('none')
    expect(Signing.parse({ openpgp: { keyFile: '/k' } })).toEqual({ openpgp: { keyFile: '/k', encrypt: 'if-possible' } })
  })

  test.each<[string, unknown, RegExp]>([
    [
      'a password over a line that may be plain',
      { host: 'mail.example', tls: 'opportunistic', user: 'a', passwordFile: '/p' },
      /tls: required/,
    ],
    ['a user without a password', { host: 'mail.example', user: 'a' }, /together/],
    ['a path that is not whole', { certificates: 'ca.pem' }, /whole path/],
    ['an unknown word', { tls: 'yes' }, /tls/],
    ['a line break in our name', { name: 'a\r\nMAIL FROM:<b@c.example>' }, /name of a host/],
  ])('given %s, then they are refused', (_what, settings, words) => {
    expect(JSON.stringify(Smtp.safeParse(settings).error?.issues)).toMatch(words)
  })

  test('given two ways of signing at once, then they are refused', () => {
    const both = { openpgp: { keyFile: '/k' }, smime: { keyFile: '/k', certificateFile: '/c' } }
    expect(Signing.safeParse(both).error?.issues[0]?.message).toMatch(/one of .*openpgp.* and .*smime/)
    expect(Signing.safeParse({ openpgp: { keyFile: 'k' } }).error?.issues[0]).toMatchObject({ path: ['openpgp', 'keyFile'] })
  })
})
