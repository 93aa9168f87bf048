import { z } from 'zod'
import { messageOf, PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { HttpAnswer, HttpRequest } from '../../core/domain/reach.ts'
import type { Outcome, SubmitterContext } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import type { PandaOptions } from './schema.ts'

export type Context = SubmitterContext<PandaOptions>

/** The envelope of every answer: https://panda-wms.readthedocs.io/en/latest/advanced/api.html. A failure is HTTP 200 with `success: false`. */
const Envelope = z.object({ success: z.boolean(), message: z.string().nullish(), data: z.unknown() })
export type Envelope = { success: boolean; message: string; data: unknown }

type Query = Readonly<Record<string, string | number>>

const JSON_TYPE = 'application/json'
const MOST_BYTES = 8 * 1024 * 1024

/**
 * A question: it changes nothing, so that any failure but a plain no is a TransientError. `query` holds no booleans: the
 * server makes them by Python's `bool()`, for which the text `False` is true.
 */
export async function ask(ctx: Context, method: string, query: Query = {}): Promise<Envelope> {
  return asQuestion(async () => envelopeOf(await get(ctx, method, query)))
}

/** A question whose list is too long for an address, as the vendor's own client puts it. */
export async function askWithBody(ctx: Context, method: string, body: unknown): Promise<Envelope> {
  return asQuestion(() => post(ctx, method, body))
}

async function asQuestion(call: () => Promise<Envelope>): Promise<Envelope> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof PermanentError || error instanceof TransientError) throw error
    throw new TransientError(messageOf(error))
  }
}

/** A command. Throws UnsureError when it may have been carried out. */
export async function post(ctx: Context, method: string, body: unknown): Promise<Envelope> {
  const answer = await ctx.request({
    method: 'POST',
    ...addressed(ctx, method),
    // The server compares with exactly this text: with a charset behind it, it would read a form.
    headers: { ...headersOf(ctx), 'Content-Type': JSON_TYPE },
    body: JSON.stringify(body),
  })
  return envelopeOf(answer)
}

/** A GET request and its answer, whatever it says. */
export function get(ctx: Context, method: string, query: Query = {}): Promise<HttpAnswer> {
  const { url, ...rest } = addressed(ctx, method)
  const search = Object.entries(query)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join('&')
  return ctx.request({ method: 'GET', ...rest, url: search === '' ? url : `${url}?${search}`, headers: headersOf(ctx) })
}

/** The same, and no credential is shown. */
export function getUnnamed(ctx: Context, method: string): Promise<HttpAnswer> {
  return ctx.request({ method: 'GET', ...addressed(ctx, method), auth: 'none', headers: { Accept: JSON_TYPE } })
}

function addressed({ options }: Context, method: string): Pick<HttpRequest, 'url' | 'auth' | 'timeoutMs' | 'maxBytes'> {
  return {
    url: `${options.server}/api/v1/${method}`,
    auth: options.auth,
    timeoutMs: options.timeoutSeconds * 1_000,
    maxBytes: MOST_BYTES,
  }
}

/** Only with exactly this `Accept` is the answer JSON; else it is Python's own notation. With a token the server must be told the VO. */
function headersOf(ctx: Context): Record<string, string> {
  const usesToken = ctx.options.auth !== 'proxy' && ctx.identity?.tokenFile !== undefined
  if (!usesToken) return { Accept: JSON_TYPE }
  const vo = ctx.options.vo ?? ctx.identity?.vo?.name
  if (vo === undefined || !/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/.test(vo))
    throw new TransientError('a token needs the VO beside it: set submitters.panda.options.vo, or the VO of the identity')
  return { Accept: JSON_TYPE, Origin: vo }
}

/** Never by the type of the answer: the server calls its JSON text/plain. */
function envelopeOf(answer: HttpAnswer): Envelope {
  if (answer.status !== 200) throw failureOf(answer)
  if (answer.isCut) throw new UnsureError(`the answer is longer than ${MOST_BYTES} bytes`)
  const read = Envelope.safeParse(parsed(answer.body))
  if (!read.success) throw new UnsureError(`not an answer of PanDA's API v1: ${plainLine(answer.body, 200)}`)
  return { success: read.data.success, message: plainLine(read.data.message ?? ''), data: read.data.data ?? null }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** 503 comes from the web server before PanDA; a 500 may come after the work was done. */
function failureOf({ status, body }: HttpAnswer): Error {
  const words = `HTTP ${status}: ${plainLine(body, 300)}`
  if (status === 403) return isFinal(body) ? new PermanentError(words) : new TransientError(words)
  if (status === 503 || status === 429) return new TransientError(words)
  if (status >= 500) return new UnsureError(words)
  return new PermanentError(words)
}

/** A token can be renewed; a ban and a server without this method stay. */
function isFinal(body: string): boolean {
  return accessOf(body) === 'refused' || /^ERROR : method \S+ is forbidden/.test(body)
}

/**
 * What a 403 says of the identity. Banned, or no longer a member: refused. Everything about the token itself is a fault of
 * our credential or configuration: https://github.com/PanDAWMS/panda-server, pandaserver/srvcore/panda_request.py
 */
export function accessOf(body: string): 'refused' | 'unknown' {
  if (/^ERROR : (?!Token authentication failed).+ is banned\s*$/.test(body)) return 'refused'
  return /^ERROR : Token authentication failed\. Not a member of the .+ group/.test(body) ? 'refused' : 'unknown'
}

/** A native id: jediTaskID. */
export const TASK_ID = /^[1-9]\d{0,14}$/

export async function outcomeOf<T>(call: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await call() }
  } catch (error) {
    return { ok: false, transient: !(error instanceof PermanentError), reason: messageOf(error) }
  }
}

/** Runs a body for each item, at most so many at once, in the items' order. */
export async function eachOf<T, R>(items: readonly T[], atOnce: number, body: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length)
  const entries = items.entries()
  const work = async () => {
    for (const [index, item] of entries) results[index] = await body(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work))
  return results
}
