import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SiteAsked, SitePart } from '../../app/answer-by-form.ts'
import { InputError, messageOf, RefusedError } from '../../domain/errors.ts'
import { cleanText } from '../../domain/report-values.ts'
import { momentOf, momentWords } from '../../domain/zone.ts'
import type { Pace } from '../bucket.ts'
import { type Admitted, createAdmission } from './admission.ts'
import { later, showUnknown } from './report-form.ts'
import { plainPage, reportHeaders } from './report-page.ts'
import { type Answer, minuteWords, sitePage, sitePageHeaders } from './site-page.ts'

/** A site's part as its page shows it. `appealLink`: where its result stands, once it was told. */
export type OwnPart = SitePart & { contact: { name: string; address: string }; appealLink?: string }

export type SitePageParts = {
  /** `link`: 32 hex digits in small letters. Undefined when there is no such link. */
  find(link: string): Promise<OwnPart | undefined>
  /** Durable when it resolves. Throws RefusedError with words for the site when it is not taken. */
  take(link: string, answer: { letter: string; words: string }): Promise<void>
  log(message: string, data?: Record<string, unknown>): void
  /** How fast links that are not known are looked up for all who ask, and how fast one site may send. */
  pace?: { unknown?: Pace; each?: Pace }
}

const FORM_TYPE = 'application/x-www-form-urlencoded'
const MOST_CHARACTERS = 4_000
/** Each character has at most 12 bytes in a form; some room for the rest. */
const MOST_BODY_BYTES = 12 * MOST_CHARACTERS + 2_000
const UNKNOWN: Pace = { perSecond: 10, burst: 50 }
const EACH: Pace = { perSecond: 0.2, burst: 20 }

type Params = { Params: { link: string } }

/**
 * A Fastify plug-in: `/site/:link`, the page of one site in one exercise, with the link as its secret: what was asked of it, and a form
 * for each answer. A GET answers nothing, since scanners of mail follow every link. Whatever is no link gets the same page.
 */
export async function serveSitePage(app: FastifyInstance, parts: SitePageParts): Promise<void> {
  const asked = new WeakMap<FastifyRequest, Admitted<OwnPart>>()
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
    const counts = request.method !== 'GET' && request.method !== 'HEAD'
    const found = await admit((request.params as Params['Params']).link, counts)
    if (found === 'unknown') return showUnknown(reply)
    if (found === 'too many') return later(reply, 429, 'Too many are asking at the moment.')
    if (counts && isForeign(request))
      return showPlain(reply, 403, plainPage('Not taken', 'Open the page of your site, and send its form from there.'))
    asked.set(request, found)
    return undefined
  }
  app.get<Params>('/site/:link', { onRequest }, (request, reply) => {
    const { link, found } = asked.get(request)!
    return show(reply, 200, sitePage(link, found))
  })
  app.post<Params>('/site/:link', { onRequest }, (request, reply) => take(parts, asked.get(request)!, { body: request.body, reply }))
}

/** A page of somebody else's that sends our form in a browser of the site's. */
function isForeign({ headers }: FastifyRequest): boolean {
  const from = headers['sec-fetch-site']
  return from !== undefined && from !== 'same-origin' && from !== 'none'
}

async function take(
  parts: SitePageParts,
  { link, found }: Admitted<OwnPart>,
  { body, reply }: { body: unknown; reply: FastifyReply },
): Promise<FastifyReply> {
  const sent = new URLSearchParams(String(body ?? ''))
  const text = (name: string) => cleanText(sent.get(name) ?? '')
  const typed: Answer = { letter: text('letter'), words: text('words'), from: text('from'), until: text('until') }
  const one = found.asked.find(({ letter }) => letter === typed.letter)
  const again = (status: number, problems: readonly string[]) => show(reply, status, sitePage(link, found, { ...typed, problems }))
  if (one === undefined) return again(409, ['we ask this no longer: here is what we ask now'])
  const { words, problems } = wordsOf(one, typed, found)
  if (problems.length > 0) return again(422, problems)
  try {
    await parts.take(link, { letter: one.letter, words })
    return show(reply, 200, sitePage(link, (await parts.find(link)) ?? found, { taken: one.letter }))
  } catch (error) {
    if (error instanceof RefusedError || error instanceof InputError) return again(409, [error.message])
    parts.log('an answer of a site could not be kept', { reason: messageOf(error) })
    return again(503, ['we could not keep it just now: send it again in a minute, or answer by mail'])
  }
}

/** What the answer says in words, as it stands in the log and in the thread. */
function wordsOf({ wants }: SiteAsked, { words, from, until }: Answer, part: OwnPart): { words: string; problems: string[] } {
  if (words.length > MOST_CHARACTERS) return { words, problems: [`it is too long: at most ${MOST_CHARACTERS} characters`] }
  if (wants === 'words') return { words, problems: words === '' ? ['write your answer first'] : [] }
  return wants === 'window' ? windowWords({ words, from, until }, part) : { words, problems: [] }
}

function windowWords(
  { words, from, until }: Pick<Answer, 'words' | 'from' | 'until'>,
  { timeZone, window }: OwnPart,
): { words: string; problems: string[] } {
  const [fromMs, toMs] = [localMoment(from, timeZone), localMoment(until, timeZone)]
  if (fromMs === undefined || toMs === undefined) return { words, problems: ['give a day and a time for both, from and until'] }
  const problems = [
    ...(toMs <= fromMs ? ['until: it is not after the beginning'] : []),
    // The form has whole minutes: those in which the run begins and ends are its own.
    ...(fromMs < wholeMinute(window.fromMs) || toMs > window.toMs
      ? [`it has to lie between ${minuteWords(window.fromMs, timeZone)} and ${minuteWords(window.toMs, timeZone)}`]
      : []),
  ]
  const chosen = `We choose the window from ${momentWords(fromMs, timeZone)} to ${momentWords(toMs, timeZone)} (${timeZone}).`
  return { words: words === '' ? chosen : `${chosen}\n\n${words}`, problems }
}

function wholeMinute(ms: number): number {
  return ms - (ms % 60_000)
}

/** As a browser's field for a day and a time gives it, by the site's clock; ms since 1970. */
function localMoment(text: string, timeZone: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?$/.test(text)) return undefined
  const localMs = Date.parse(`${text.replace(' ', 'T')}Z`)
  // A 31st of February is read as the 3rd of March.
  const isDay = !Number.isNaN(localMs) && new Date(localMs).toISOString().startsWith(text.slice(0, 10))
  return isDay ? momentOf(timeZone, localMs) : undefined
}

function answerError(error: FastifyError, reply: FastifyReply, log: SitePageParts['log']): unknown {
  const status = error.statusCode ?? 503
  const page = (title: string, words: string) => showPlain(reply.header('connection', 'close'), status, plainPage(title, words))
  if (status === 413) return page('Too much', `An answer has at most ${MOST_CHARACTERS} characters. Send the rest by mail.`)
  if (status < 500) return page('Not understood', 'Go back and send the form of the page again, or answer by mail.')
  log('a page for a site failed', { reason: messageOf(error) })
  return later(reply, 503, 'We cannot show this page at the moment.')
}

function show(reply: FastifyReply, status: number, page: string): FastifyReply {
  return reply.code(status).headers(sitePageHeaders).type('text/html; charset=utf-8').send(page)
}

/** A page that says one thing has a style of its own, which its headers name. */
function showPlain(reply: FastifyReply, status: number, page: string): FastifyReply {
  return reply.code(status).headers(reportHeaders).type('text/html; charset=utf-8').send(page)
}
