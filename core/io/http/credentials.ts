import { createSecureContext, type SecureContext } from 'node:tls'
import { messageOf, TransientError } from '../../domain/errors.ts'
import type { Identity } from '../../domain/identity.ts'
import type { HttpRequest } from '../../domain/reach.ts'
import { OPEN_TO_ALL, readSmallFile } from '../secret-file.ts'
import { tokenIn } from '../token-file.ts'
import type { Trust } from './trust.ts'

/** A proxy's file as it is. `version` changes with the file. */
export type ClientCertificate = { file: string; version: string; pem: string }
export type Credentials = { certificate?: ClientCertificate; token?: string }

const MOST_PROXY_BYTES = 256 * 1024
const MOST_TOKEN_BYTES = 16 * 1024

/** Reads what a request needs of an identity. All that is wrong is ours and can be mended: nothing was sent. */
export async function readCredentials(auth: HttpRequest['auth'], identity: Identity | undefined): Promise<Credentials> {
  if (auth === 'none') return {}
  const { proxyFile, tokenFile } = identity ?? {}
  const who = identity?.subject ?? 'nobody'
  if (auth === 'proxy' && proxyFile === undefined) throw new TransientError(`${who} has no proxy file in the register`)
  if (auth === 'token' && tokenFile === undefined) throw new TransientError(`${who} has no token file in the register`)
  if (proxyFile === undefined && tokenFile === undefined) throw new TransientError(`${who} has no proxy and no token in the register`)
  return {
    ...(auth !== 'token' && proxyFile !== undefined && { certificate: await readCertificate(proxyFile) }),
    ...(auth !== 'proxy' && tokenFile !== undefined && { token: await readToken(tokenFile) }),
  }
}

async function readCertificate(file: string): Promise<ClientCertificate> {
  const { text, version } = await readSecret(file, { what: 'proxy', mostBytes: MOST_PROXY_BYTES })
  return { file, version: `${file} ${version}`, pem: text }
}

async function readToken(file: string): Promise<string> {
  const { text } = await readSecret(file, { what: 'token', mostBytes: MOST_TOKEN_BYTES })
  const token = tokenIn(text)
  if (token !== undefined) return token
  throw new TransientError(`the token file ${file} holds no token in its first line`)
}

async function readSecret(file: string, { what, mostBytes }: { what: string; mostBytes: number }) {
  const read = await readSmallFile(file, mostBytes).catch((error) => {
    throw new TransientError(`the ${what} file ${file} ${messageOf(error)}`)
  })
  if (read.isOpenToAll) throw new TransientError(`the ${what} file ${file} ${OPEN_TO_ALL}`)
  return read
}

/** The proxy's file holds certificate, key and chain, in any order after the first: RFC 3820's usual file. The chain is sent. */
export function secureContextOf(certificate: ClientCertificate | undefined, trust: Trust): SecureContext {
  const ca = [...trust.certificates]
  if (certificate === undefined) return createSecureContext({ ca })
  try {
    return createSecureContext({ ca, cert: certificate.pem, key: certificate.pem })
  } catch (error) {
    throw new TransientError(`the proxy file ${certificate.file} cannot be used: ${messageOf(error)}`)
  }
}
