import type { FastifyReply, FastifyRequest } from 'fastify'

const COOKIE = 'ssc-said'
const OPTIONS = { path: '/', httpOnly: true, sameSite: 'strict' } as const
const MOST = 500

/** One line that the next page shows, once. */
export function said(reply: FastifyReply, words: string): void {
  reply.setCookie(COOKIE, Buffer.from(words.slice(0, MOST)).toString('base64url'), { ...OPTIONS, maxAge: 60 })
}

export function takeSaid(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const kept = request.cookies[COOKIE]
  if (kept === undefined || kept.length > 2 * MOST) return undefined
  reply.clearCookie(COOKIE, OPTIONS)
  return Buffer.from(kept, 'base64url').toString('utf8').slice(0, MOST)
}
