import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InputError, TransientError } from '../../core/domain/errors.ts'
import { composeMail, type MailCrypto } from '../../core/io/mail/compose-mail.ts'
import { openMailCrypto, Smime } from '../../core/io/mail/signing.ts'
import type { OutgoingMail } from '../../core/ports.ts'
import { type GridCa, HAS_OPENSSL, openGridCa, type Pair } from './grid-ca.ts'
import { sampleMail } from './mail-rig.ts'

const forMail = 'keyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\nsubjectAltName=email:ssc@csirt.example\n'
let ca: GridCa
let own: Pair

function open(settings: Partial<Smime> = {}): Promise<MailCrypto | undefined> {
  const smime = Smime.parse({ certificateFile: own.cert, keyFile: own.key, ...settings })
  return openMailCrypto({ smime }, { home: ca.folder, log: () => {} })
}

async function compose(mail: Partial<OutgoingMail> = {}, settings: Partial<Smime> = {}): Promise<string> {
  return Buffer.from((await composeMail({ ...sampleMail, ...mail }, await open(settings))).bytes).toString('latin1')
}

/** What openssl says of a mail: the content that was signed; throws with its words when the signature is not good. */
function verify(mail: string): string {
  const argv = ['cms', '-verify', '-in', keep('mail.eml', mail), '-CAfile', ca.authority.cert]
  return execFileSync('openssl', argv, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'latin1' })
}

function keep(name: string, text: string, mode = 0o600): string {
  writeFileSync(ca.file(name), text, 'latin1')
  chmodSync(ca.file(name), mode)
  return ca.file(name)
}

function text(file: string): string {
  return readFileSync(file, 'latin1')
}

describe.skipIf(!HAS_OPENSSL)('a mail signed with a grid certificate', () => {
  beforeAll(() => {
    ca = openGridCa()
    own = ca.issue('robot', { subject: '/DC=example/DC=grid/CN=Robot - SSC', extensions: forMail })
  })
  afterAll(() => ca.remove())

  test('given a mail with an attachment, then openssl finds the signature good, and a reader finds the mail', async () => {
    const attachments = [{ name: 'a.log', contentType: 'text/plain', bytes: Buffer.from('a \nb\r\n\0') }]
    const mail = await compose({ attachments, text: 'Gr\u00fc\u00dfe \nFrom here\n.\n' })
    expect(verify(mail)).toContain('Gr=C3=BC=C3=9Fe=20')
    const read = await PostalMime.parse(Buffer.from(mail, 'latin1'))
    expect(read.text?.trimEnd()).toBe('Gr\u00fc\u00dfe \nFrom here\n.')
    expect(read.attachments.map((one) => one.mimeType)).toEqual(['text/plain', 'application/pkcs7-signature'])
    expect(mail.replaceAll('\r\n ', ' ')).toContain(
      'Content-Type: multipart/signed; micalg=sha-256; protocol="application/pkcs7-signature"',
    )
  })

  test('given a relay that changed one letter, then the signature is bad', async () => {
    const mail = await compose()
    expect(verify(mail)).toContain('Hello')
    expect(() => verify(mail.replace('Hello', 'hello'))).toThrow(/digest failure|verif/i)
  })

  test('given an authority between, then its certificate goes along', async () => {
    const between = ca.issue('between', { subject: '/DC=example/DC=grid/CN=Between', extensions: 'basicConstraints=critical,CA:true\n' })
    const leaf = ca.issue('leaf', { subject: '/DC=example/DC=grid/CN=Leaf', extensions: forMail, by: between })
    const pair = { certificateFile: leaf.cert, keyFile: leaf.key }
    expect(verify(await compose({}, { ...pair, chainFile: between.cert }))).toContain('Hello')
    await expect(compose({}, pair).then(verify)).rejects.toThrow(/unable to get/)
  })

  test('given a key with a passphrase, then the passphrase is read from its file', async () => {
    const keyFile = ca.file('locked.key')
    const from = [
      'pkcs8',
      '-topk8',
      '-v2',
      'aes-256-cbc',
      '-in',
      own.key,
      '-out',
      keyFile,
      '-passout',
      `file:${keep('pass', 'a secret\n')}`,
    ]
    execFileSync('openssl', from, { stdio: 'ignore' })
    chmodSync(keyFile, 0o600)
    expect(verify(await compose({}, { keyFile, passphraseFile: ca.file('pass') }))).toContain('Hello')
    await expect(open({ keyFile })).rejects.toBeInstanceOf(InputError)
  })

  test.each<[string, () => Partial<Smime>, RegExp]>([
    ['a key that others can read', () => ({ keyFile: keep('open.key', text(own.key), 0o640) }), /chmod 600/],
    ['no key', () => ({ keyFile: '/nowhere' }), /is missing/],
    ["another one's key", () => ({ keyFile: ca.user.key }), /cannot be signed/],
    ['a certificate that is none', () => ({ certificateFile: keep('no.pem', 'hello') }), /not a certificate/],
  ])('given %s, then no mail is begun, and it says what to mend', async (_what, settings, words) => {
    const failure = open(settings())
    await expect(failure).rejects.toBeInstanceOf(InputError)
    await expect(failure).rejects.toThrow(words)
  })

  test('given a certificate that ends while we work, then mails wait until it is renewed', async () => {
    const certificateFile = keep('year.pem', text(own.cert))
    const crypto = await open({ certificateFile })
    keep('year.pem', text(endedCertificate()))
    const failure = composeMail(sampleMail, crypto)
    await expect(failure).rejects.toBeInstanceOf(TransientError)
    await expect(failure).rejects.toThrow(/ended at .*: renew it/)
    keep('year.pem', text(own.cert))
    expect((await composeMail(sampleMail, crypto)).bytes.length).toBeGreaterThan(0)
  })
})

/** openssl-x509(1) takes no day in the past but by a negative number of days. */
function endedCertificate(): string {
  return ca.issue('ended', { days: -1, extensions: forMail }).cert
}
