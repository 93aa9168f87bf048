import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { InputError, messageOf, RefusedError } from '../../domain/errors.ts'
import { cleanText } from '../../domain/report-values.ts'
import type { Pace } from '../bucket.ts'
import { type Admitted, createAdmission } from './admission.ts'
import { appealHeaders, appealPage, type OwnLights, takenPage } from './appeal-page.ts'
import { later, showUnknown } from './report-form.ts'
import { plainPage, reportHeaders } from './report-page.ts'

export type AppealParts = {
  /** `link`: 32 hex digits in small letters. Undefined when there is no such link. */
  find(link: string): Promise<OwnLights | undefined>
  /** Durable when it resolves. Throws RefusedError with words for the site when it is not taken. */
  take(link: string, appeal: { expectation: string; text: string }): Promise<{ appeal: string }>
  log(message: string, data?: Record<string, unknown>): void
  /** How fast links that are not known are looked up for all who ask, and how fast one site may ask and send. */
  pace?: { unknown?: Pace; each?: Pace }
}

const FORM_TYPE = 'application/x-www-form-urlencoded'
const MOST_CHARACTERS = 4_000
/** Each character has at most 12 bytes in a form; some room for the rest. */
const MOST_BODY_BYTES = 12 * MOST_CHARACTERS + 2_000
const UNKNOWN: Pace = { perSecond: 10, burst: 50 }
const EACH: Pace = { perSecond: 0.5, burst: 30 }

type Params = { Params: { link: string } }

/**
 * A Fastify plug-in: `/appeal/:link`, where one site sees its lights and appeals against one, with the link as its secret. A GET only
 * shows them, since scanners of mail follow every link. Whatever is no link gets the same page.
 */
export async function serveAppeals(app: FastifyInstance, parts: AppealParts): Promise<void> {
  const asked = new WeakMap<FastifyRequest, Admitted<OwnLights>>()
  const busy = new Set<string>()
  const { unknown = UNKNOWN, each = EACH } = parts.pace ?? {}
  const admit = createAdmission({ find: parts.find, unknown, each })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    FORM_TYPE,
    { parseAs: 'string', bodyLimit: MOST_BODY_BYTES },
    async (_request: FastifyRequest, body: string) => body,
  )
  app.setErrorHandler((error: FastifyError, _request, reply) => answerError(error, reply, parts.log))
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const found = await admit((request.params as Params['Params']).link, true)
    if (found === 'unknown') return showUnknown(reply)
    if (found === 'too many') return later(reply, 429, 'Too many are asking at the moment.')
    asked.set(request, found)
    return undefined
  }
  app.get<Params>('/appeal/:link', { onRequest }, (request, reply) => show(reply, 200, appealPage(asked.get(request)!.found)))
  app.post<Params>('/appeal/:link', { onRequest }, async (request, reply) => {
    const { link, found } = asked.get(request)!
    // One after the other, so that those that wait are counted rightly.
    if (busy.has(link)) return later(reply, 503, 'Another appeal of your site is being received.')
    busy.add(link)
    try {
      return await take(parts, { link, found }, { body: request.body, reply })
    } finally {
      busy.delete(link)
    }
  })
}

async function take(
  parts: AppealParts,
  { link, found }: Admitted<OwnLights>,
  { body, reply }: { body: unknown; reply: FastifyReply },
): Promise<FastifyReply> {
  const sent = new URLSearchParams(String(body ?? ''))
  const typed = { expectation: sent.get('expectation') ?? '', text: cleanText(sent.get('text') ?? '').trim() }
  const again = (status: number, words: string) => show(reply, status, appealPage(found, { ...typed, problems: [words] }))
  if (typed.text === '') return again(422, 'say why the light is wrong')
  if (typed.text.length > MOST_CHARACTERS) return again(422, `it is too long: at most ${MOST_CHARACTERS} characters`)
  try {
    const { appeal } = await parts.take(link, typed)
    return show(reply, 200, takenPage((await parts.find(link)) ?? found, appeal))
  } catch (error) {
    if (error instanceof RefusedError || error instanceof InputError) return again(409, error.message)
    parts.log('an appeal could not be kept', { reason: messageOf(error) })
    return again(503, 'we could not keep it just now; send it again in a minute, or ask us')
  }
}

function answerError(error: FastifyError, reply: FastifyReply, log: AppealParts['log']): unknown {
  const status = error.statusCode ?? 503
  const page = (title: string, words: string) =>
    reply
      .code(status)
      .headers({ ...reportHeaders, connection: 'close' })
      .type('text/html; charset=utf-8')
      .send(plainPage(title, words))
  if (status === 413) return page('Too much', `An appeal has at most ${MOST_CHARACTERS} characters. Send the rest by mail.`)
  if (status < 500) return page('Not understood', 'Go back and send the form of the page again, or write to us.')
  log('a page for a site failed', { reason: messageOf(error) })
  return later(reply, 503, 'We cannot show this page at the moment.')
}

function show(reply: FastifyReply, status: number, page: string): FastifyReply {
  return reply.code(status).headers(appealHeaders).type('text/html; charset=utf-8').send(page)
}
