import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Keys } from '../ports.ts'
import { makeWhole } from './whole-file.ts'

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/**
 * This instance's keys (files of mode 0600 in a folder of mode 0700). Each is read at its first use, and made then if there is none:
 * a process that only listens uses `jobs.key` alone, and needs no other in its folder.
 */
export function openKeys(folder: string): Keys {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const master = once(() =>
    Buffer.from(
      readOrMake(join(folder, 'master.key'), () => randomBytes(32).toString('hex')),
      'hex',
    ),
  )
  const jobs = once(() =>
    Buffer.from(
      readOrMake(join(folder, 'jobs.key'), () => derive(master(), 'job tokens').toString('hex')),
      'hex',
    ),
  )
  const mails = once(() => derive(master(), 'mail tokens'))
  const reports = once(() => privateKey(join(folder, 'signing.pem'), newReportKey))
  const orders = once(() => privateKey(join(folder, 'orders.pem'), newOrderKey))
  return {
    jobToken: (job) => hmac(jobs(), job),
    mailToken: (stream, letter) => hmac(mails(), `${letter}\n${stream}`).slice(0, 32),
    sign: (bytes) => ({ publicKey: publicPem(reports()), value: sign(null, bytes, reports()).toString('base64') }),
    orders: {
      publicKey: () => publicPem(orders()),
      sign: (text) => sign('sha256', Buffer.from(text), orders()).toString('base64'),
    },
  }
}

/** Makes all of them now, so that `ssc doctor` can tell of each. */
export function makeKeys(keys: Keys): void {
  keys.jobToken('check')
  keys.mailToken('check', 'alert')
  keys.sign(new Uint8Array())
  keys.orders.publicKey()
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Two processes that start together end up with the same key. */
function readOrMake(file: string, make: () => string): string {
  if (!existsSync(file)) makeWhole(file, make())
  return readFileSync(file, 'utf8')
}

function privateKey(file: string, make: () => KeyObject): KeyObject {
  return createPrivateKey(readOrMake(file, () => make().export({ type: 'pkcs8', format: 'pem' }).toString()))
}

function newReportKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey
}

/** Old machines check RSA with any openssl or with python3; Ed25519 they do not. */
function newOrderKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey
}

function publicPem(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
}

/** HKDF, RFC 5869. */
function derive(master: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', purpose, 32))
}

function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex')
}
