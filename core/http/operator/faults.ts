import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { InputError, messageOf, RefusedError, TransientError } from '../../domain/errors.ts'
import { NotAllowedError } from './errors.ts'
import { renderPage } from './render.ts'
import type { Office } from './route.ts'
import type { Sessions } from './session.ts'

type Failed = { request: FastifyRequest; reply: FastifyReply; log: Office['log']; sessions: Sessions }

/** One way in which all faults are told: as a page, or as JSON to those who asked for that. */
export async function answerError(error: FastifyError, { request, reply, log, sessions }: Failed): Promise<unknown> {
  const { status, words, problems } = faultOf(error)
  if (status >= 500) log('a request of an officer failed', { route: request.routeOptions.url ?? '', reason: messageOf(error) })
  reply.code(status)
  if (error instanceof NotAllowedError && error.afterS !== undefined) reply.header('retry-after', error.afterS)
  const isData = request.url.startsWith('/api/') || /\bjson\b/.test(request.headers['content-type'] ?? '')
  if (isData) return reply.type('application/json; charset=utf-8').send(JSON.stringify({ error: words, problems }))
  const viewer = await sessions.viewerOf(request).catch(() => undefined)
  if (status === 401 && request.method === 'GET') return reply.redirect('/sign-in', 303)
  const page = { title: titles[status] ?? 'Not understood', template: 'problem', view: { words, problems } }
  const frame = { path: request.url.split('?')[0]!, formToken: sessions.formToken(request), ...(viewer && { viewer }) }
  return reply.type('text/html; charset=utf-8').send(renderPage(page, frame))
}

const titles: Record<number, string> = {
  401: 'Sign in first',
  403: 'Not for you',
  404: 'Nothing here',
  409: 'Not possible now',
  413: 'Too much',
  415: 'Not understood',
  422: 'Not taken',
  429: 'Too fast',
  500: 'This failed',
  503: 'Not now',
}

/** Faults of what was sent, before any of ours looked at it. */
const sayings: Record<number, string> = {
  413: 'This is too large: a form takes 256 KiB, and each file of an import 64 MiB. Nothing of it was taken.',
  415: 'A form or JSON is taken here, and nothing else.',
}
const OURS = 'This failed on our side; the log of ssc serve says why. Try again.'

function faultOf(error: FastifyError): { status: number; words: string; problems: readonly string[] } {
  if (error instanceof NotAllowedError) return { status: error.status, words: error.message, problems: [] }
  if (error instanceof InputError) return { status: 422, words: error.message.split('\n')[0]!, problems: error.problems }
  if (error instanceof RefusedError) return { status: 409, words: error.message, problems: [] }
  if (error instanceof TransientError) return { status: 503, words: error.message, problems: [] }
  const status = error.statusCode ?? 500
  const words = sayings[status] ?? (status < 500 ? 'This could not be read. Go back and send it again.' : OURS)
  return { status, words, problems: [] }
}
