import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookieOf } from './cookies.ts'

const MOST = 500
/** It can hold what is shown once, such as a token: it goes the way that the session goes. */
const cookieFor = (origin: string) => cookieOf('ssc-said', origin.startsWith('https:'))

/** One line that the next page shows, once. */
export function said(reply: FastifyReply, words: string, origin: string): void {
  const { name, options } = cookieFor(origin)
  reply.setCookie(name, Buffer.from(words.slice(0, MOST)).toString('base64url'), { ...options, sameSite: 'strict', maxAge: 60 })
}

export function takeSaid(request: FastifyRequest, reply: FastifyReply, origin: string): string | undefined {
  const { name, options } = cookieFor(origin)
  const kept = request.cookies[name]
  if (kept === undefined) return undefined
  reply.clearCookie(name, options)
  return Buffer.from(kept.slice(0, 4 * MOST), 'base64url')
    .toString('utf8')
    .slice(0, MOST)
}
