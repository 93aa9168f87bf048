import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Identity } from '../../core/domain/identity.ts'
import type { HtcondorOptions } from './schema.ts'

type Auth = { identity?: Identity; options: HtcondorOptions }

/** The methods that a command may use, in HTCondor's words; a token's and a proxy's file are named in the environment already. */
export function authEnvironment({ identity, options }: Auth): Record<string, string> {
  if (options.auth === 'config') return {}
  const methods = [waysOf({ ...(identity && { identity }), options })].flat()
  if (methods.length === 0) return {}
  const ssl = methods.includes('SSL') ? { _CONDOR_AUTH_SSL_USE_CLIENT_PROXY_ENV_VAR: 'True' } : {}
  return { _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS: methods.join(','), ...ssl }
}

/** https://htcondor.readthedocs.io/en/latest/admin-manual/security.html: SCITOKENS finds BEARER_TOKEN_FILE, SSL X509_USER_PROXY. */
function waysOf({ identity, options }: Auth): string[] {
  const token = options.auth !== 'proxy' && hasFile(identity, 'tokenFile') ? ['SCITOKENS'] : []
  const proxy = options.auth !== 'token' && hasFile(identity, 'proxyFile') ? ['SSL'] : []
  return [...token, ...proxy]
}

function hasFile(identity: Identity | undefined, kind: 'tokenFile' | 'proxyFile'): boolean {
  return identity?.[kind] !== undefined || Object.values(identity?.on ?? {}).some((files) => files[kind] !== undefined)
}

/** What keeps the identity from proving itself at all, whoever is asked; undefined when nothing that can be seen from here. */
export async function credentialProblem({ identity, options }: Auth, nowMs: number): Promise<string | undefined> {
  if (options.auth === 'config') return undefined
  const ways = waysOf({ ...(identity && { identity }), options })
  if (ways.length === 0) return 'the identity has no credential for HTCondor: name its tokenFile or proxyFile in identities.yaml'
  const problems = [
    ...(ways.includes('SCITOKENS') ? [await lapse(identity?.tokenFile, tokenEnd, nowMs)] : []),
    ...(ways.includes('SSL') ? [await lapse(identity?.proxyFile, proxyEnd, nowMs)] : []),
  ]
  // One that still holds is enough.
  return problems.includes(undefined) ? undefined : problems.join('; ')
}

async function lapse(file: string | undefined, endOf: (text: string) => number | undefined, nowMs: number): Promise<string | undefined> {
  // It lies on the host where the commands run.
  if (file === undefined) return undefined
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return `the credential ${file} cannot be read: see its place and mode`
  const endMs = endOf(text)
  return endMs !== undefined && endMs <= nowMs ? `the credential ${file} expired at ${new Date(endMs).toISOString()}: renew it` : undefined
}

/** RFC 7519, 4.1.4; undefined when it tells none. */
function tokenEnd(text: string): number | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(text.trim().split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof exp === 'number' ? exp * 1_000 : undefined
  } catch {
    return undefined
  }
}

/** The proxy itself stands first in its file. */
function proxyEnd(text: string): number | undefined {
  try {
    const endMs = Date.parse(new X509Certificate(text).validTo)
    return Number.isNaN(endMs) ? undefined : endMs
  } catch {
    return undefined
  }
}
