import multipart from '@fastify/multipart'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type CommonReport, REPORT_FORMAT, type ReportProblem, readReport, reportLimits, reportSchema } from '../../domain/common-report.ts'
import { InputError, messageOf, RefusedError } from '../../domain/errors.ts'
import { fieldTexts, fillReport } from '../../domain/report-fields.ts'
import type { Pace } from '../bucket.ts'
import { type Admitted, createAdmission } from './admission.ts'
import { readMultipart, readUrlEncoded, type SentFile, type SentForm } from './report-body.ts'
import { formPage, plainPage, receiptPage, reportHeaders } from './report-page.ts'

/** The challenge that a link belongs to. `before`: what the site sent already, when it is to stand in the form. */
export type Linked = {
  run: string
  site: string
  /** Of the IANA list: times that are written without a zone are read in it. */
  timeZone: string
  deadlineMs?: number
  contact: { name: string; address: string }
  before?: CommonReport
}

export type SentReport = { report: CommonReport; via: 'form' | 'json'; files: readonly SentFile[] }

export type ReportFormParts = {
  /** `link`: 32 hex digits in small letters. Undefined when there is no such link. */
  find(link: string): Promise<Linked | undefined>
  /** Durable when it resolves. Throws RefusedError with words for the site when it is not taken now, or no more. */
  take(link: string, got: SentReport): Promise<{ receipt: string }>
  log(message: string, data?: Record<string, unknown>): void
  /** How fast links that are not known are looked up for all who ask, and how fast one site may send. */
  pace?: { unknown?: Pace; sent?: Pace }
}

const FORM_TYPE = 'application/x-www-form-urlencoded'
const MOST_BODY_BYTES = 1_000_000
/** Each may hold 20 MB of findings in memory. */
const MOST_AT_ONCE = 4
const UNKNOWN: Pace = { perSecond: 10, burst: 50 }
const SENT: Pace = { perSecond: 0.1, burst: 10 }

type Asked = Admitted<Linked>
type Params = { Params: { link: string } }

/**
 * A Fastify plug-in: `/report/:link`, where one site sends its report, with the link as its secret, and `/report/schema.json`. A GET
 * only shows the form, since scanners of mail follow every link. Whatever is no link gets the same page.
 */
export async function serveReportForm(app: FastifyInstance, parts: ReportFormParts): Promise<void> {
  const asked = new WeakMap<FastifyRequest, Asked>()
  const { unknown = UNKNOWN, sent: each = SENT } = parts.pace ?? {}
  const admit = createAdmission({ find: parts.find, unknown, each })
  let atOnce = 0
  await acceptBodies(app)
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, { request, reply, log: parts.log }))
  app.setNotFoundHandler((_request, reply) => showUnknown(reply))
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const found = await admit((request.params as Params['Params']).link, request.method !== 'GET' && request.method !== 'HEAD')
    if (found === 'unknown') return showUnknown(reply)
    if (found === 'too many') return later(reply, 429, 'Too many are asking at the moment.')
    asked.set(request, found)
    return undefined
  }
  const receive = async (request: FastifyRequest, reply: FastifyReply) => {
    if (atOnce >= MOST_AT_ONCE) return later(reply, 503, 'Several reports are being received at the moment.')
    atOnce += 1
    try {
      return await take(parts, { ...asked.get(request)!, request, reply })
    } finally {
      atOnce -= 1
    }
  }
  app.get('/report/schema.json', (_request, reply) =>
    reply
      .headers({ 'cache-control': 'public, max-age=3600', 'x-content-type-options': 'nosniff' })
      .type('application/schema+json')
      .send(JSON.stringify(reportSchema())),
  )
  app.get<Params>('/report/:link', { onRequest }, (request, reply) => {
    const { found: linked } = asked.get(request)!
    const texts = linked.before === undefined ? {} : fieldTexts(linked.before)
    return show(reply, 200, formPage(linked, texts))
  })
  app.route({ method: ['POST', 'PUT'], url: '/report/:link', onRequest, handler: receive })
}

async function acceptBodies(app: FastifyInstance): Promise<void> {
  const text = { parseAs: 'string', bodyLimit: MOST_BODY_BYTES } as const
  app.removeAllContentTypeParsers()
  app.addContentTypeParser([FORM_TYPE, 'application/json'], text, async (_request: FastifyRequest, body: string) => body)
  await app.register(multipart, { throwFileSizeLimit: false })
}

type Exchange = Asked & { request: FastifyRequest; reply: FastifyReply }

function take(parts: ReportFormParts, exchange: Exchange): Promise<unknown> {
  const type = exchange.request.headers['content-type'] ?? ''
  return /^application\/json\b/i.test(type) ? takeJson(parts, exchange) : takeForm(parts, exchange)
}

async function takeForm(parts: ReportFormParts, { link, found: linked, request, reply }: Exchange): Promise<unknown> {
  const sent: SentForm = request.isMultipart() ? await readMultipart(request) : readUrlEncoded(String(request.body ?? ''))
  const { report, problems } = fillReport(sent.texts, linked.timeZone)
  const all = [...sent.problems, ...problems]
  if (Object.keys(sent.texts).length === 0 && sent.files.length === 0 && all.length === 0)
    all.push({ place: 'summary', words: 'nothing is filled in yet' })
  const again = (status: number, more: readonly ReportProblem[]) => show(reply, status, formPage(linked, sent.texts, more))
  if (all.length > 0) return again(422, all)
  const whole = withFiles(report, sent.files)
  try {
    const { receipt } = await parts.take(link, { report: whole, via: 'form', files: sent.files })
    return show(reply, 200, receiptPage(linked, receipt, whole))
  } catch (error) {
    if (!(error instanceof RefusedError || error instanceof InputError))
      parts.log('a report could not be kept', { reason: messageOf(error) })
    const { status, words } = refusalOf(error)
    return again(status, [{ place: '', words }])
  }
}

async function takeJson(parts: ReportFormParts, { link, found: linked, request, reply }: Exchange): Promise<unknown> {
  const data = parseJson(String(request.body ?? ''))
  const read = readReport(data)
  const problems = read === undefined ? [noReport(data === undefined)] : read.problems
  if (read === undefined || problems.length > 0) return sendJson(reply, 422, { problems })
  try {
    const { receipt } = await parts.take(link, { report: read.report, via: 'json', files: [] })
    return sendJson(reply, 200, { receipt, run: linked.run, site: linked.site, report: read.report })
  } catch (error) {
    if (!(error instanceof RefusedError || error instanceof InputError))
      parts.log('a report could not be kept', { reason: messageOf(error) })
    const { status, words } = refusalOf(error)
    return sendJson(reply, status, { problems: [{ place: '', words }] })
  }
}

function noReport(isBroken: boolean): ReportProblem {
  const words = `send an object with "format": "${REPORT_FORMAT}"; /report/schema.json tells the rest`
  return { place: 'format', words: isBroken ? `this is not JSON, it may be cut off: ${words}` : words }
}

/** The files that came with it stand among the evidence, with their hashes. */
function withFiles(report: CommonReport, files: readonly SentFile[]): CommonReport {
  if (files.length === 0) return report
  const named = (report.evidence ?? []).filter(
    ({ name, sha256 }) => !files.some((file) => file.sha256 === sha256 || (sha256 === undefined && file.name === name)),
  )
  const evidence = [...files.map(({ name, sha256 }) => ({ name, sha256 })), ...named].slice(0, reportLimits.evidence)
  return { ...report, evidence }
}

function refusalOf(error: unknown): { status: number; words: string } {
  if (error instanceof RefusedError) return { status: 409, words: error.message }
  if (error instanceof InputError) return { status: 422, words: error.message }
  return { status: 503, words: 'we could not keep it just now; send it again in a minute, or ask us' }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

type Failed = { request: FastifyRequest; reply: FastifyReply; log: ReportFormParts['log'] }

/** Words of ours for each status; of an unread body the connection ends. */
function answerError(error: FastifyError, { reply, log }: Failed): unknown {
  const status = error.statusCode ?? 503
  reply.header('connection', 'close')
  if (status === 413)
    return show(reply, 413, plainPage('Too much', 'Send at most 10 files of 5 MB each and 20 MB together, or send them by mail.'))
  if (status === 415) return show(reply, 415, plainPage('Not a form', 'Send the form of this page, or JSON.'))
  if (status < 500) return show(reply, 400, plainPage('Not understood', 'Go back and send the form again, or send the report by mail.'))
  log('a page for a site failed', { reason: messageOf(error) })
  return later(reply, 503, 'We cannot take a report at the moment.')
}

/** The same for all that is not there. */
export function showUnknown(reply: FastifyReply): FastifyReply {
  const words = 'There is nothing at this address. Compare it with the mail, letter by letter: it may be broken at the end of a line.'
  return show(reply.header('connection', 'close'), 404, plainPage('Nothing here', words))
}

export function later(reply: FastifyReply, status: 429 | 503, why: string): FastifyReply {
  const words = `${why} Nothing was taken: go back, wait a minute and send it again.`
  return show(reply.header('retry-after', '60').header('connection', 'close'), status, plainPage('Not now', words))
}

function show(reply: FastifyReply, status: number, page: string): FastifyReply {
  return reply.code(status).headers(reportHeaders).type('text/html; charset=utf-8').send(page)
}

function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply.code(status).headers(reportHeaders).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
