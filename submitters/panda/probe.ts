import { messageOf, PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { HttpAnswer } from '../../core/domain/reach.ts'
import type { ProbeRequest, ProbeResult } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import { accessOf, type Context, get, getUnnamed } from './api.ts'
import { problemOfTarget } from './submit.ts'

/**
 * The cheapest call that needs an identity which is let in: the server only reads the request. `get_attributes` would send
 * the token back to us, and `get_user_attributes` keeps the server busy with a directory of users.
 */
const WHO = 'system/get_voms_attributes'

/** Whether PanDA lets the identity in. It is the server that answers: no site is asked. */
export async function probe(request: ProbeRequest, ctx: Context): Promise<ProbeResult> {
  if (ctx.signal.aborted) return unknown('the call was given up before anything was asked')
  const problem = problemOfTarget(request, ctx.options)
  if (problem !== undefined) return unknown(problem)
  try {
    return told(await get(ctx, WHO))
  } catch (error) {
    return failed(error, ctx)
  }
}

function told({ status, body }: HttpAnswer): ProbeResult {
  const words = `HTTP ${status}: ${plainLine(body)}`
  if (status === 403) return { access: accessOf(body), words }
  if (status !== 200) return unknown(words)
  return /^\s*\{\s*"success"\s*:\s*true\b/.test(body) ? { access: 'accepted', words } : unknown(words)
}

async function failed(error: unknown, ctx: Context): Promise<ProbeResult> {
  const words = messageOf(error)
  // A certificate's own end is no ban; that it was revoked, or may not come in, is.
  if (error instanceof PermanentError)
    return { access: /certificate refused: (certificate revoked|access denied)/.test(words) ? 'refused' : 'unknown', words }
  if (error instanceof UnsureError) return { access: 'unreachable', words }
  // Either nobody listens there, or our own credential cannot be used.
  return error instanceof TransientError && (await isAlive(ctx)) === undefined ? unknown(words) : { access: 'unreachable', words }
}

function unknown(words: string): ProbeResult {
  return { access: 'unknown', words }
}

/** What is wrong with the server, or undefined when it answers; no credential is shown. */
async function isAlive(ctx: Context): Promise<string | undefined> {
  try {
    const { status, body } = await getUnnamed(ctx, 'system/is_alive')
    return status === 200 && /"success"\s*:\s*true\b/.test(body) ? undefined : `HTTP ${status}: ${plainLine(body)}`
  } catch (error) {
    return messageOf(error)
  }
}

export async function check(ctx: Context): Promise<string[]> {
  const { server } = ctx.options
  const silence = await isAlive(ctx)
  if (silence !== undefined)
    return [`the PanDA server ${server} does not answer as one (${silence}): check submitters.panda.options.server and the network`]
  try {
    const { access, words } = told(await get(ctx, WHO))
    return access === 'accepted'
      ? []
      : [`the PanDA server ${server} does not let this identity in (${words}): renew its token or proxy, and check its VO`]
  } catch (error) {
    return [`the PanDA server ${server} cannot be asked with this identity's credential: ${messageOf(error)}`]
  }
}
