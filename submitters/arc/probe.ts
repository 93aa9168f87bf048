import { access, constants, readFile } from 'node:fs/promises'
import { messageOf, PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { HttpAnswer } from '../../core/domain/reach.ts'
import { SiteName } from '../../core/domain/site.ts'
import type { ProbeRequest, ProbeResult } from '../../core/domain/submitter.ts'
import { type Service, serviceOf, urlOf } from './endpoint.ts'
import { type Context, call, GIVEN_UP, isWell, restOf, wordsOf } from './rest.ts'
import { NO_ENDPOINT } from './submit.ts'

/** Asks for the list of the identity's own jobs: unlike `/info`, no A-REX tells that to everybody. */
export async function probe(request: ProbeRequest, ctx: Context): Promise<ProbeResult> {
  const service = serviceOf(request.endpoint)
  if (service === undefined || !SiteName.safeParse(request.site).success) return { access: 'unknown', words: NO_ENDPOINT }
  if (ctx.signal.aborted) return { access: 'unknown', words: GIVEN_UP }
  try {
    const url = `${urlOf({ version: '1.0', ...service })}/jobs`
    const answer = await call(ctx, { method: 'GET', url, maxBytes: 64 * 1024 })
    // A service may have left 1.0 behind.
    if (answer.status !== 404 || service.version !== undefined) return read(answer, ctx)
    return read(await call(ctx, { method: 'GET', url: `${urlOf(await restOf(service, ctx))}/jobs`, maxBytes: 64 * 1024 }), ctx)
  } catch (error) {
    return withoutAnswer(error, service, ctx)
  }
}

/** A-REX says 403 to whom it maps to no account, and its words stand in the status line alone. */
async function read(answer: HttpAnswer, ctx: Context): Promise<ProbeResult> {
  // The same words each time: the list itself changes.
  if (isWell(answer)) return { access: 'accepted', words: `HTTP ${answer.status}: it lists the identity's jobs` }
  const words = wordsOf(answer)
  if (answer.status !== 403) return { access: 'unknown', words }
  // To a token that it cannot take it says the same.
  const fault = await tokenFault(ctx, Date.now())
  return fault === undefined ? { access: 'refused', words } : { access: 'unknown', words: `${fault}: ${words}` }
}

async function withoutAnswer(error: unknown, service: Service, ctx: Context): Promise<ProbeResult> {
  const words = messageOf(error)
  if (/certificate refused: (certificate revoked|access denied)/.test(words)) return { access: 'refused', words }
  if (/certificate refused/.test(words) || error instanceof PermanentError) return { access: 'unknown', words }
  if (error instanceof UnsureError) return { access: 'unreachable', words }
  // Either nobody listens there, or our own credential cannot be used.
  return { access: error instanceof TransientError && (await isThere(service, ctx)) ? 'unknown' : 'unreachable', words }
}

/** Whether anything at all answers; no credential is shown. */
async function isThere({ arex }: Service, ctx: Context): Promise<boolean> {
  return call(ctx, { method: 'GET', url: `${arex}/rest`, auth: 'none', maxBytes: 1024, timeoutMs: 5_000 }).then(
    () => true,
    (error) => error instanceof PermanentError,
  )
}

/** What is wrong with our token, as far as it tells itself: RFC 7519, section 4.1.4. Opaque tokens tell nothing. */
async function tokenFault({ identity }: Context, nowMs: number): Promise<string | undefined> {
  if (identity?.tokenFile === undefined) return undefined
  const text = await readFile(identity.tokenFile, 'latin1').catch(() => '')
  return hasEnded(text.trim(), nowMs) ? 'our own token has run out' : undefined
}

export function hasEnded(token: string, nowMs: number): boolean {
  const [, payload = ''] = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token) ?? []
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof exp === 'number' && exp * 1_000 <= nowMs
  } catch {
    return false
  }
}

export async function check(ctx: Context): Promise<string[]> {
  const { identity, options } = ctx
  const problems: string[] = []
  const { proxyFile, tokenFile } = identity ?? {}
  if (identity !== undefined && proxyFile === undefined && tokenFile === undefined)
    problems.push(`identities.yaml names neither proxyFile nor tokenFile for ${identity.subject}: A-REX needs one of them`)
  for (const file of [proxyFile, tokenFile])
    if (file !== undefined)
      await access(file, constants.R_OK).catch((error) =>
        problems.push(`the credential ${file} cannot be read (${messageOf(error)}): make it anew`),
      )
  if (options.delegation === 'x509') problems.push(...(await delegationProblems(ctx)))
  return problems
}

async function delegationProblems(ctx: Context): Promise<string[]> {
  if (ctx.identity !== undefined && ctx.identity.proxyFile === undefined)
    return [`${ctx.identity.subject} has no proxy: with a token alone nothing is delegated; set submitters.arc.options.delegation to none`]
  return ctx.run(['openssl', 'version'], { timeoutMs: 10_000 }).then(
    () => [],
    (error) => [
      `openssl, which signs delegations, does not run (${messageOf(error)}): install it, or set submitters.arc.options.delegation to none`,
    ],
  )
}
