import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMessage, decrypt, generateKey, readKey, readMessage, readPrivateKey, readSignature, revokeKey, verify } from 'openpgp'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InputError, PermanentError } from '../../core/domain/errors.ts'
import { composeMail } from '../../core/io/mail/compose-mail.ts'
import { OpenPgp, openMailCrypto } from '../../core/io/mail/signing.ts'
import type { OutgoingMail } from '../../core/ports.ts'
import { sampleMail } from './mail-rig.ts'

const DAY_MS = 86_400_000
const hasGpg = spawnSync('gpg', ['--version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'ssc-pgp-'))
const file = (name: string) => join(folder, name)
const gpgHome = file('g')
const userIDs = { name: 'Example', email: 'ssc@csirt.example' }
const logged: unknown[] = []
const log = (_words: string, data: unknown) => void logged.push(data)

type Armored = { publicKey: string; privateKey: string }
let ours: Armored
let theirs: Armored

beforeAll(async () => {
  mkdirSync(gpgHome, { mode: 0o700 })
  mkdirSync(file('pgp'))
  ours = await generateKey({ userIDs, passphrase: 'gr\u00fcn' })
  theirs = await generateKey({ userIDs })
  keep('own.asc', ours.privateKey)
  keep('pass', 'gr\u00fcn\n')
})
afterAll(() => {
  if (hasGpg) spawnSync('gpgconf', ['--homedir', gpgHome, '--kill', 'all'])
  rmSync(folder, { recursive: true, force: true })
})

function keep(name: string, text: string, mode = 0o600): string {
  writeFileSync(file(name), text)
  chmodSync(file(name), mode)
  return file(name)
}

function gpg(args: string[], input = ''): string {
  return execFileSync('gpg', ['--homedir', gpgHome, '--batch', '--no-tty', ...args], { input, encoding: 'latin1', stdio: 'pipe' })
}

async function compose(mail: Partial<OutgoingMail> = {}, settings: Partial<OpenPgp> = {}): Promise<string> {
  const openpgp = OpenPgp.parse({ keyFile: file('own.asc'), passphraseFile: file('pass'), ...settings })
  const crypto = await openMailCrypto({ openpgp }, { home: folder, log })
  return Buffer.from((await composeMail({ ...sampleMail, ...mail }, crypto)).bytes).toString('latin1')
}

/** The parts of the outermost multipart, byte for byte. */
function partsOf(mail: string): [string, string] {
  const boundary = /boundary="([^"]+)"/.exec(mail)?.[1]
  const [, one = '', two = ''] = mail.split(`--${boundary}\r\n`)
  return [one.slice(0, -2), two.slice(0, two.lastIndexOf(`\r\n--${boundary}--`))]
}

function armorOf(part: string): string {
  return part.slice(part.indexOf('-----BEGIN'))
}

const awkward = { text: 'Gr\u00fc\u00dfe \t\n-- \nFrom here\n.\n-----BEGIN PGP MESSAGE-----\n  \n\nend without a line end ' }
const log1 = { name: 'a.log', contentType: 'text/plain', bytes: Buffer.from('a \nb\r\n\0') }

describe('a mail signed with OpenPGP', () => {
  test.each<[string, Partial<OutgoingMail>]>([
    ['plain', {}],
    ['with lines that relays like to change', awkward],
    ['with an attachment', { attachments: [log1] }],
  ])('given a mail %s, then its signature is good over exactly its first part, and says which digest it is', async (_what, mail) => {
    const text = await compose(mail)
    const [part, signature] = partsOf(text)
    const read = await readSignature({ armoredSignature: armorOf(signature) })
    const message = await createMessage({ binary: Buffer.from(part, 'latin1') })
    const { signatures } = await verify({ message, signature: read, verificationKeys: await readKey({ armoredKey: ours.publicKey }) })
    await expect(signatures[0]?.verified).resolves.toBe(true)
    const head = text.slice(0, text.indexOf('\r\n\r\n')).replace(/\r\n /g, ' ')
    expect(head).toContain('Content-Type: multipart/signed; micalg=pgp-sha512; protocol="application/pgp-signature"')
    const whole = await PostalMime.parse(Buffer.from(text, 'latin1'))
    expect(whole.text?.trimEnd()).toBe((mail.text ?? sampleMail.text).trimEnd())
    expect(text).toMatch(/^[\t\r\n\x20-\x7e]*$/)
  })

  test('given a relay that changed one letter, then the signature is bad', async () => {
    const [part, signature] = partsOf(await compose())
    const read = await readSignature({ armoredSignature: armorOf(signature) })
    const message = await createMessage({ binary: Buffer.from(part.replace('Hello', 'hello'), 'latin1') })
    const { signatures } = await verify({ message, signature: read, verificationKeys: await readKey({ armoredKey: ours.publicKey }) })
    await expect(signatures[0]?.verified).rejects.toThrow()
  })

  test.skipIf(!hasGpg)('given GnuPG, when it makes our key and reads our mail, then it finds the signature good', async () => {
    gpg(['--passphrase', '', '--quick-gen-key', 'GnuPG <gnupg@csirt.example>', 'rsa3072', 'sign', '1d'])
    const keyFile = keep('gnupg.asc', gpg(['--armor', '--export-secret-keys', 'gnupg@csirt.example']))
    const [part, signature] = partsOf(await compose(awkward, { keyFile, passphraseFile: undefined }))
    writeFileSync(file('part'), part, 'latin1')
    writeFileSync(file('signature'), armorOf(signature))
    expect(gpg(['--status-fd', '1', '--verify', file('signature'), file('part')])).toMatch(/GOODSIG .* GnuPG/)
    writeFileSync(file('part'), `${part}x`, 'latin1')
    expect(() => gpg(['--verify', file('signature'), file('part')])).toThrow(/BAD signature/)
  })
})

describe('a mail encrypted with OpenPGP', () => {
  test.skipIf(!hasGpg)('given a key that GnuPG made, then GnuPG reads the mail, and sees our signature inside', async () => {
    gpg(['--passphrase', '', '--quick-gen-key', 'Site <gnupg@site.example>', 'default', 'default', '1d'])
    gpg(['--import'], ours.publicKey)
    keep('pgp/gnupg@site.example.asc', gpg(['--armor', '--export', 'gnupg@site.example']), 0o644)
    const text = await compose({ to: 'GnuPG@site.example', attachments: [log1] }, { encrypt: 'required' })
    expect(text).not.toContain('Hello')
    const [version, data] = partsOf(text)
    expect(version).toBe('Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n')
    writeFileSync(file('message'), armorOf(data))
    const inside = gpg(['--status-file', file('status'), '--decrypt', file('message')])
    expect(execFileSync('cat', [file('status')], { encoding: 'utf8' })).toMatch(/GOODSIG .* Example/)
    const content = await PostalMime.parse(Buffer.from(inside, 'latin1'))
    expect(content.text?.trimEnd()).toBe(sampleMail.text.trimEnd())
    expect(content.attachments.map((one) => Buffer.from(one.content as ArrayBuffer))).toEqual([log1.bytes])
  })

  test('given a mail that was encrypted, then we can read what we sent', async () => {
    keep('pgp/sent@site.example.asc', theirs.publicKey, 0o644)
    const [, data] = partsOf(await compose({ to: 'sent@site.example' }))
    for (const { privateKey: armoredKey } of [theirs, await opened(ours)]) {
      const message = await readMessage({ armoredMessage: armorOf(data) })
      const { data: inside } = await decrypt({ message, decryptionKeys: await readPrivateKey({ armoredKey }), format: 'binary' })
      expect(Buffer.from(inside).toString()).toContain('Hello')
    }
  })

  const past = new Date(Date.now() - 10 * DAY_MS)
  test.each<[string, () => Promise<string>, RegExp]>([
    ['has expired', async () => (await generateKey({ userIDs, date: past, keyExpirationTime: 86_400 })).publicKey, /expired/],
    ['was revoked', revoked, /revoked/],
    ['can only sign', async () => (await generateKey({ userIDs, subkeys: [{ sign: true }] })).publicKey, /encryption/],
    ['is too short', tooShort, /shorter|bits/i],
    ['is a secret key', async () => theirs.privateKey, /secret key/],
    ['is one of two', async () => await twoKeys(), /2 keys/],
    ['is no key', async () => 'hello', /cannot be used/],
  ])(
    'given a recipient whose key %s, then it is refused where it must be encrypted, else signed only, and logged',
    async (what, key, why) => {
      const to = `${what.replaceAll(' ', '-')}@site.example`
      keep(`pgp/${to}.asc`, await key(), 0o644)
      const failure = compose({ to }, { encrypt: 'required' })
      await expect(failure).rejects.toBeInstanceOf(PermanentError)
      await expect(failure).rejects.toThrow(why)
      await expect(failure).rejects.toThrow(`${to}.asc`)
      logged.splice(0)
      expect(await compose({ to }, { encrypt: 'if-possible' })).toContain('multipart/signed')
      expect(logged).toEqual([{ to, reason: expect.stringMatching(why) }])
    },
  )

  test('given a recipient without a key, then the mail is signed only, or refused with what to do', async () => {
    logged.splice(0)
    expect(await compose({ to: 'none@site.example' })).toContain('multipart/signed')
    expect(logged).toEqual([])
    const refused = compose({ to: 'none@site.example' }, { encrypt: 'required' })
    await expect(refused).rejects.toThrow(/public key into .*pgp\/none@site.example.asc, or set encrypt: if-possible/)
  })

  test('given settings that never encrypt, then a known key changes nothing', async () => {
    keep('pgp/never@site.example.asc', theirs.publicKey, 0o644)
    expect(await compose({ to: 'never@site.example' }, { encrypt: 'never' })).toContain('multipart/signed')
  })

  test('given an address that leads out of the folder, then no key is looked for there', async () => {
    keep('x@site.example.asc', theirs.publicKey, 0o644)
    expect(await compose({ to: '../x@site.example' })).toContain('multipart/signed')
    await expect(compose({ to: '../x@site.example' }, { encrypt: 'required' })).rejects.toThrow(/slash/)
  })
})

describe('our own OpenPGP key', () => {
  test.each<[string, () => Promise<Partial<OpenPgp>>, RegExp]>([
    ['is missing', async () => ({ keyFile: file('nowhere') }), /is missing/],
    ['can be read by all', async () => ({ keyFile: keep('open.asc', ours.privateKey, 0o644) }), /chmod 600/],
    ['can be read by the group', async () => ({ keyFile: keep('group.asc', ours.privateKey, 0o640) }), /chmod 600/],
    ['has a passphrase that others can read', async () => ({ passphraseFile: keep('open', 'gr\u00fcn', 0o644) }), /chmod 600/],
    ['has another passphrase', async () => ({ passphraseFile: keep('wrong', 'gruen') }), /passphrase/],
    ['has a passphrase that was not told', async () => ({ passphraseFile: undefined }), /passphraseFile/],
    ['is a public key', async () => ({ keyFile: keep('public.asc', ours.publicKey) }), /secret key/],
    [
      'has expired',
      async () => ({ keyFile: keep('old.asc', (await generateKey({ userIDs, date: new Date(0), keyExpirationTime: 9 })).privateKey) }),
      /Renew/,
    ],
  ])('given that it %s, then no mail is begun, and it says what to mend', async (_what, settings, words) => {
    const failure = settings().then((some) => compose({}, some))
    await expect(failure).rejects.toBeInstanceOf(InputError)
    await expect(failure).rejects.toThrow(words)
  })
})

async function opened({ privateKey }: Armored): Promise<{ privateKey: string }> {
  const { decryptKey } = await import('openpgp')
  return {
    privateKey: (await decryptKey({ privateKey: await readPrivateKey({ armoredKey: privateKey }), passphrase: 'gr\u00fcn' })).armor(),
  }
}

async function revoked(): Promise<string> {
  const { privateKey } = await generateKey({ userIDs })
  return (await revokeKey({ key: await readPrivateKey({ armoredKey: privateKey }) })).publicKey
}

async function tooShort(): Promise<string> {
  return (await generateKey({ userIDs, type: 'rsa', rsaBits: 1024, config: { minRSABits: 1024 } })).publicKey
}

/** Two keys in one block of armor, as `gpg --export` writes them. */
async function twoKeys(): Promise<string> {
  const { armor, enums } = await import('openpgp')
  const keys = await Promise.all([theirs, ours].map(async ({ publicKey }) => (await readKey({ armoredKey: publicKey })).write()))
  return armor(enums.armor.publicKey, Buffer.concat(keys))
}
