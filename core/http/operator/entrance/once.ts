import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { RefusedError } from '../../../domain/errors.ts'
import { cookieOf } from '../cookies.ts'

export type Once<Value> = {
  put(reply: FastifyReply, value: Value): void
  /** What was put for this browser, for one use. Throws RefusedError when there is nothing, or it is too old. */
  take(request: FastifyRequest, reply: FastifyReply): Value
}

const KEPT_MS = 10 * 60_000
const MOST = 1_000

/** What must come back from the same browser soon: the challenge of a passkey, the state of a sign-in elsewhere. */
export function createOnce<Value>(cookie: string, isSecure: boolean, wall: () => number): Once<Value> {
  const kept = new Map<string, { value: Value; untilMs: number }>()
  const { name, options } = cookieOf(cookie, isSecure)
  return {
    put: (reply, value) => {
      const [oldest] = kept.keys()
      if (kept.size >= MOST && oldest !== undefined) kept.delete(oldest)
      const key = randomBytes(24).toString('base64url')
      kept.set(key, { value, untilMs: wall() + KEPT_MS })
      reply.setCookie(name, key, { ...options, maxAge: KEPT_MS / 1000 })
    },
    take: (request, reply) => {
      const key = request.cookies[name] ?? ''
      const found = kept.get(key)
      kept.delete(key)
      reply.clearCookie(name, options)
      if (found !== undefined && found.untilMs > wall()) return found.value
      throw new RefusedError('This was begun long ago, or in another browser. Begin it again.')
    },
  }
}
