import { PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { HttpAnswer, HttpRequest } from '../../core/domain/reach.ts'
import { plainLine } from '../../core/domain/text.ts'
import type { Context } from './way.ts'

const MAX_BYTES = 4 * 1024 * 1024

/** A question changes nothing, so it may be asked again whatever happened; an order may have been obeyed. */
export type Kind = 'question' | 'order'

/** Asks DiracX with the identity's token, and gives the answer whatever its status is. */
export async function ask(
  ctx: Context,
  kind: Kind,
  order: { method: HttpRequest['method']; path: string; body?: unknown },
): Promise<HttpAnswer> {
  const request: HttpRequest = {
    method: order.method,
    url: `${ctx.options.server}${order.path}`,
    headers: { Accept: 'application/json', ...(order.body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    auth: 'token',
    maxBytes: MAX_BYTES,
    ...(order.body === undefined ? {} : { body: JSON.stringify(order.body) }),
  }
  return sent(ctx, kind, request)
}

/** The same for any other request of a step. */
export async function sent(ctx: Context, kind: Kind, request: HttpRequest): Promise<HttpAnswer> {
  try {
    return await ctx.request(request)
  } catch (error) {
    if (kind === 'question' && error instanceof UnsureError) throw new TransientError(error.message)
    throw error
  }
}

/** The JSON of a good answer; else the error that says whose fault it is. */
export function bodyOf(answer: HttpAnswer, kind: Kind): unknown {
  if (answer.status < 200 || answer.status > 299) throw failureOf(answer, kind)
  const unreadable = (why: string) => (kind === 'order' ? new UnsureError(why) : new TransientError(why))
  if (answer.isCut) throw unreadable(`DiracX answered more than ${MAX_BYTES} bytes`)
  try {
    return JSON.parse(answer.body)
  } catch {
    throw unreadable(`DiracX did not answer with JSON: ${plainLine(answer.body)}`)
  }
}

/** What its HTTP status says: diracx-routers/src/diracx/routers/utils/users.py (401) and jobs/access_policies.py (403). */
export function failureOf(answer: HttpAnswer, kind: Kind): Error {
  const words = wordsOf(answer)
  if (answer.status === 401) return new TransientError(`our token was not accepted, renew it: ${words}`)
  if (answer.status === 429 || answer.status === 503) return new TransientError(words)
  if (answer.status >= 400 && answer.status < 500) return new PermanentError(words)
  return kind === 'order' ? new UnsureError(words) : new TransientError(words)
}

/** `HTTP 400: JDL syntax error`: DiracX puts its reason into `detail`. */
export function wordsOf({ status, body }: HttpAnswer): string {
  return plainLine(`HTTP ${status}: ${detailOf(body)}`)
}

function detailOf(body: string): string {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown }
    if (typeof detail === 'string') return detail
    return detail === undefined ? body : JSON.stringify(detail)
  } catch {
    return body
  }
}
