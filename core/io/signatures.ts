import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Signature } from '../domain/report.ts'

/** Whether a signature (Ed25519, RFC 8032) over the text is good. A key or a signature of another kind is not. */
export function isSigned(text: string, { publicKey, value }: Pick<Signature, 'publicKey' | 'value'>): boolean {
  const key = ed25519(publicKey)
  return key !== undefined && verify(null, Buffer.from(text), key, Buffer.from(value, 'base64'))
}

/** SHA-256 of the key's DER, hex: what `openssl pkey -pubin -in key.pem -outform DER | sha256sum` says. */
export function fingerprintOf(publicKey: string): string | undefined {
  const der = ed25519(publicKey)?.export({ type: 'spki', format: 'der' })
  return der && createHash('sha256').update(der).digest('hex')
}

/** The public key of this machine's instance; undefined where there is none. Never makes one. */
export function ownPublicKey(keysFolder: string): string | undefined {
  const file = join(keysFolder, 'signing.pem')
  if (!existsSync(file)) return undefined
  try {
    return createPublicKey(readFileSync(file)).export({ type: 'spki', format: 'pem' }).toString()
  } catch {
    return undefined
  }
}

function ed25519(pem: string): KeyObject | undefined {
  try {
    // A private key would be taken as well, and must never lie in a report.
    const key = pem.startsWith('-----BEGIN PUBLIC KEY-----') ? createPublicKey(pem) : undefined
    return key?.asymmetricKeyType === 'ed25519' ? key : undefined
  } catch {
    return undefined
  }
}
