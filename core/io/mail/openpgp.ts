import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  createMessage,
  decryptKey,
  encrypt,
  enums,
  type Key,
  type PrivateKey,
  readKeys,
  readPrivateKey,
  readSignature,
  sign,
} from 'openpgp'
import { InputError, messageOf, PermanentError, TransientError } from '../../domain/errors.ts'
import type { MailCrypto } from './compose-mail.ts'
import { readKeyFile, readPassphrase, readSecret } from './key-file.ts'
import { boundaryOf, multipart, part } from './mime-part.ts'
import type { Log, OpenPgp } from './signing.ts'

/** Signs with our key; encrypts for a recipient whose key is known. PGP/MIME, RFC 3156. Throws InputError when our key cannot sign. */
export async function openOpenPgp(settings: OpenPgp, { home, log }: { home: string; log: Log }): Promise<MailCrypto> {
  const own = await readOwnKey(settings)
  await own.getSigningKey().catch((error) => {
    throw new InputError(`${settings.keyFile} cannot sign: ${messageOf(error)}. Renew it, or name another key`, [])
  })
  return {
    protect: async (content, { messageId, to }) => {
      const key = settings.encrypt === 'never' ? undefined : await recipientKey(home, to)
      if (typeof key === 'object') return encrypted(content, { own, key, messageId })
      if (settings.encrypt === 'required') throw new PermanentError(`the mail to ${to} must be encrypted: ${key ?? missing(home, to)}`)
      if (key !== undefined) log('a mail is signed, but not encrypted', { to, reason: key })
      return signed(content, { own, messageId })
    },
  }
}

async function readOwnKey({ keyFile, passphraseFile }: OpenPgp): Promise<PrivateKey> {
  const armoredKey = await readSecret(keyFile)
  const passphrase = await readPassphrase(passphraseFile)
  try {
    const privateKey = await readPrivateKey({ armoredKey })
    if (privateKey.isDecrypted()) return privateKey
    if (passphrase === undefined) throw new Error('it has a passphrase: name its file as passphraseFile')
    return await decryptKey({ privateKey, passphrase })
  } catch (error) {
    throw new InputError(`${keyFile} cannot be used as an OpenPGP secret key: ${messageOf(error)}`, [])
  }
}

/** A key that can encrypt now; why there is none; or undefined when no key of that recipient is known. Read anew each time. */
async function recipientKey(home: string, to: string): Promise<Key | string | undefined> {
  const file = fileOf(home, to)
  if (file === undefined || !existsSync(file)) return undefined
  try {
    const keys = await readKeys({ armoredKeys: await readKeyFile(file) })
    const [key] = keys
    if (key === undefined || keys.length > 1) throw new Error(`it holds ${keys.length} keys and not one`)
    if (key.isPrivate()) throw new Error("it holds a secret key, which is the recipient's alone")
    await key.getEncryptionKey()
    return key
  } catch (error) {
    return `${file} cannot be used (${messageOf(error)}): ask the recipient for the public key that is good now, and put it there`
  }
}

/** A slash may stand before the @ (RFC 5322, section 3.2.3): it must not lead out of the folder. */
function fileOf(home: string, address: string): string | undefined {
  return address.includes('/') ? undefined : join(home, 'pgp', `${address.toLowerCase()}.asc`)
}

function missing(home: string, to: string): string {
  const file = fileOf(home, to)
  return file === undefined
    ? 'for an address with a slash no key can be kept'
    : `put the recipient's public key into ${file}, or set encrypt: if-possible`
}

/** RFC 3156, section 5. */
async function signed(content: Uint8Array, { own, messageId }: { own: PrivateKey; messageId: string }): Promise<Uint8Array> {
  const message = await createMessage({ binary: content })
  const signature = await orLater(sign({ message, signingKeys: own, detached: true }))
  const type = `signed; micalg=pgp-${await hashOf(signature)};\r\n protocol="application/pgp-signature"`
  const head = [
    'Content-Type: application/pgp-signature; name="signature.asc"',
    'Content-Disposition: attachment; filename="signature.asc"',
  ]
  return multipart(type, boundaryOf(messageId, 'signed'), [content, part(head, crlf(signature))])
}

/** The name of the digest that the signature was made over, as `micalg` wants it. */
async function hashOf(armoredSignature: string): Promise<string> {
  const { packets } = await readSignature({ armoredSignature })
  return enums.read(enums.hash, packets[0]?.hashAlgorithm ?? enums.hash.sha512)
}

/** RFC 3156, section 6.2: signed and encrypted in one. */
async function encrypted(
  content: Uint8Array,
  { own, key, messageId }: { own: PrivateKey; key: Key; messageId: string },
): Promise<Uint8Array> {
  const message = await createMessage({ binary: content })
  // for ourselves too, where our key can: what went out is kept as it went, and must stay readable
  const ours = await own.getEncryptionKey().then(
    () => [own.toPublic()],
    () => [],
  )
  const text = await orLater(encrypt({ message, encryptionKeys: [key, ...ours], signingKeys: own }))
  return multipart('encrypted; protocol="application/pgp-encrypted"', boundaryOf(messageId, 'encrypted'), [
    part(['Content-Type: application/pgp-encrypted'], 'Version: 1\r\n'),
    part(
      ['Content-Type: application/octet-stream; name="encrypted.asc"', 'Content-Disposition: inline; filename="encrypted.asc"'],
      crlf(text),
    ),
  ])
}

/** The recipient's key was looked at before: what fails here is ours, for example a key that has expired since. */
async function orLater<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new TransientError(`the mail cannot be signed: ${messageOf(error)}. Look at the key in signing.openpgp.keyFile`)
  }
}

function crlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n')
}
