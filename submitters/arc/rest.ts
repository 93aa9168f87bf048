import { messageOf, PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { HttpAnswer, HttpRequest } from '../../core/domain/reach.ts'
import type { SubmitterContext } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import { type Entry, jobsIn, versionsIn } from './answers.ts'
import { type Rest, type Service, urlOf } from './endpoint.ts'
import type { ArcOptions } from './schema.ts'

export type Context = SubmitterContext<ArcOptions>
export type Action = 'status' | 'info' | 'kill' | 'clean'

export const GIVEN_UP = 'the call was given up before anything was done'
/** A job's GLUE2 document has some 2 KiB. */
const MOST_BYTES = 16 * 1024 * 1024

type Order = Pick<HttpRequest, 'method' | 'url'> &
  Partial<Pick<HttpRequest, 'body' | 'maxBytes' | 'auth' | 'timeoutMs'>> & { type?: string }

/**
 * One request and its answer, whatever it says. Without exactly this `Accept` the answer is HTML. A-REX looks up who somebody
 * is once for each connection: over one that was kept it would go on serving an identity that was banned since.
 */
export async function call(ctx: Context, { type, ...order }: Order): Promise<HttpAnswer> {
  const headers = { Accept: 'application/json', Connection: 'close', ...(type === undefined ? {} : { 'Content-Type': type }) }
  const defaults = { auth: 'any', maxBytes: MOST_BYTES, timeoutMs: ctx.options.timeoutSeconds * 1_000 } as const
  try {
    return await sendAgain(() => ctx.request({ ...defaults, ...order, headers }))
  } catch (error) {
    // Ours to mend, and no word of the site's about us.
    if (error instanceof PermanentError && /certificate refused: certificate expired/.test(error.message))
      throw new TransientError(error.message)
    throw error
  }
}

/** A-REX 6.17 now and then breaks a handshake off, one of thousands; nothing was sent then. */
async function sendAgain(send: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  return send().catch((error) => {
    if (error instanceof TransientError && error.message.includes('ERR_SSL_UNEXPECTED_MESSAGE')) return send()
    throw error
  })
}

/** A question changes nothing: what is not a plain no may be asked again. */
export async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (error) {
    if (error instanceof PermanentError || error instanceof TransientError) throw error
    throw new TransientError(messageOf(error))
  }
}

/** A request that must be answered by a 2xx. */
export async function callWell(ctx: Context, order: Order): Promise<HttpAnswer> {
  const answer = await call(ctx, order)
  if (isWell(answer)) return answer
  throw failureOf(answer)
}

export function isWell({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300
}

/** A-REX itself answers 500 with an empty body, and before it does anything; other 5xx come from who knows where. */
export function failureOf(answer: HttpAnswer): Error {
  const { status, body } = answer
  const words = wordsOf(answer)
  // 401: our credential, which can be made anew.
  if (status === 401 || status === 429 || status === 503 || (status === 500 && body === '')) return new TransientError(words)
  return status >= 500 || status < 400 ? new UnsureError(words) : new PermanentError(words)
}

export function wordsOf({ status, body }: HttpAnswer): string {
  const text = plainLine(body, 200)
  return `HTTP ${status}${text === '' ? '' : `: ${text}`}`
}

/** The newest version of the interface that both sides know. */
export async function restOf({ arex, version }: Service, ctx: Context): Promise<Rest> {
  if (version !== undefined) return { arex, version }
  const offered = await ask(async () => versionsIn(await callWell(ctx, { method: 'GET', url: `${arex}/rest` })))
  const known = (['1.1', '1.0'] as const).find((one) => offered.includes(one))
  if (known === undefined) throw new PermanentError(`${arex} offers none of the versions 1.0 and 1.1 of A-REX's REST interface`)
  return { arex, version: known }
}

/** One bulk call for some jobs; what it says of each that it tells of. */
export async function manage(
  ctx: Context,
  rest: Rest,
  { action, ids }: { action: Action; ids: readonly string[] },
): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  if (ids.length === 0) return entries
  const body = JSON.stringify({ job: ids.map((id) => ({ id })) })
  const answer = await ask(() =>
    callWell(ctx, { method: 'POST', url: `${urlOf(rest)}/jobs?action=${action}`, type: 'application/json', body }),
  )
  for (const entry of await ask(async () => jobsIn(answer))) if (entry.id !== undefined) entries.set(entry.id, entry)
  return entries
}

export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
