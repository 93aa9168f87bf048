import { createHash, randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Viewer } from '../../domain/account.ts'
import type { Accounts, Clock, Login } from '../../ports.ts'
import { cookieOf, isSame, type OwnCookie } from './cookies.ts'

const HOUR_MS = 3_600_000
/** A session ends when nothing was asked for so long, and in any case after so long. */
export const IDLE_MS = 12 * HOUR_MS
export const LONGEST_MS = 7 * 24 * HOUR_MS
/** Its use is written down once in so long. */
const NOTED_MS = 5 * 60_000

export type Sessions = {
  /** Who asks; undefined for a stranger. */
  viewerOf(request: FastifyRequest): Promise<Viewer | undefined>
  /** Whatever session the browser had before is over. */
  open(of: { request: FastifyRequest; reply: FastifyReply }, account: string, label: string): Promise<void>
  end(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** What a form must bring back, bound to the session's secret. Empty for a stranger. */
  formToken(request: FastifyRequest): string
  isFormToken(request: FastifyRequest, given: unknown): boolean
}

export function sessionCookie(isSecure: boolean): OwnCookie {
  return cookieOf('ssc', isSecure)
}

/** A new secret, and the hash by which it is kept. */
export function newSecret(): { secret: string; hash: string } {
  const secret = randomBytes(32).toString('base64url')
  return { secret, hash: hashOf(secret) }
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Sessions by cookie, and tokens by the header Authorization (RFC 6750, section 2.1). Secrets are kept as hashes alone. */
export function openSessions(parts: { accounts: Accounts; clock: Pick<Clock, 'wall'>; isSecure: boolean }): Sessions {
  const { accounts, clock } = parts
  const cookie = sessionCookie(parts.isSecure)
  const secretOf = (request: FastifyRequest) => request.cookies[cookie.name]
  const viewerBy = async (secret: string, kind: 'session' | 'token'): Promise<Viewer | undefined> => {
    const login = await accounts.login(hashOf(secret))
    const now = clock.wall()
    if (login === undefined || login.kind !== kind || isPast(login, now)) return undefined
    const account = await accounts.byId(login.account)
    if (account === undefined || account.disabledMs !== undefined) return undefined
    if (now - login.usedMs > NOTED_MS) await accounts.putLogin({ ...login, usedMs: now })
    return { account, by: kind }
  }
  const formToken = (request: FastifyRequest) => {
    const secret = secretOf(request)
    return secret === undefined ? '' : hashOf(`form of ${secret}`)
  }
  return {
    viewerOf: async (request) => {
      const bearer = /^Bearer ([\w-]{20,200})$/.exec(request.headers.authorization ?? '')?.[1]
      if (bearer !== undefined) return viewerBy(bearer, 'token')
      const secret = secretOf(request)
      return secret === undefined ? undefined : viewerBy(secret, 'session')
    },
    open: async ({ request, reply }, account, label) => {
      const before = secretOf(request)
      if (before !== undefined) await accounts.takeLogin(hashOf(before))
      const { secret, hash } = newSecret()
      const now = clock.wall()
      await accounts.dropPast({ nowMs: now, idleSinceMs: now - IDLE_MS })
      await accounts.putLogin({ hash, account, kind: 'session', label, madeMs: now, usedMs: now, untilMs: now + LONGEST_MS })
      reply.setCookie(cookie.name, secret, { ...cookie.options, maxAge: LONGEST_MS / 1000 })
    },
    end: async (request, reply) => {
      const secret = secretOf(request)
      if (secret !== undefined) await accounts.takeLogin(hashOf(secret))
      reply.clearCookie(cookie.name, cookie.options)
    },
    formToken,
    isFormToken: (request, given) => isSame(formToken(request), typeof given === 'string' ? given : ''),
  }
}

function isPast({ kind, usedMs, untilMs }: Login, now: number): boolean {
  return now >= untilMs || (kind === 'session' && now - usedMs > IDLE_MS)
}
