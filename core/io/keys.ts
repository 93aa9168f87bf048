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
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Keys } from '../ports.ts'

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** Reads this instance's keys, and makes them the first time (files of mode 0600 in a folder of mode 0700). */
export function openKeys(folder: string): Keys {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const master = readOrMake(join(folder, 'master.key'), () => randomBytes(32).toString('hex'))
  const signing = createPrivateKey(readOrMake(join(folder, 'signing.pem'), newSigningKey))
  const jobs = derive(master, 'job tokens')
  const mails = derive(master, 'mail tokens')
  return {
    jobToken: (job) => hmac(jobs, job),
    mailToken: (stream, mail) => hmac(mails, `${mail}\n${stream}`).slice(0, 32),
    sign: (bytes) => ({ publicKey: publicPem(signing), value: sign(null, bytes, signing).toString('base64') }),
  }
}

function readOrMake(file: string, make: () => string): string {
  try {
    // `wx` fails when the file is there: two processes that start together end up with the same key.
    writeFileSync(file, make(), { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(file, 'utf8')
}

function newSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function publicPem(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
}

/** HKDF, RFC 5869. */
function derive(master: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', Buffer.from(master, 'hex'), '', purpose, 32))
}

function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex')
}
