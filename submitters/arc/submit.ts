import { messageOf, UnsureError } from '../../core/domain/errors.ts'
import { type JobRequest, type Outcome, problemOf } from '../../core/domain/submitter.ts'
import { createdIn } from './answers.ts'
import { delegate } from './delegation.ts'
import { nativeIdOf, type Rest, type Service, serviceOf, urlOf } from './endpoint.ts'
import { findAt, readNote, writeNote } from './labels.ts'
import { ask, type Context, call, callWell, failureOf, GIVEN_UP, isWell, manage, restOf } from './rest.ts'
import { SCRIPT, xrslOf } from './xrsl.ts'

type Submitted = Outcome<{ nativeId: string }>

export const NO_ENDPOINT = 'not the address of an A-REX, such as https://ce.site.example:443/arex'

/** Throws UnsureError when a job may have been made that has, or may get, its script. */
export async function submit(job: JobRequest, ctx: Context): Promise<Submitted> {
  if (ctx.signal.aborted) return { ok: false, transient: true, reason: GIVEN_UP }
  const service = serviceOf(job.endpoint)
  const problem = problemOf(job) ?? (service === undefined ? NO_ENDPOINT : undefined)
  if (problem !== undefined || service === undefined) return { ok: false, transient: false, reason: problem ?? NO_ENDPOINT }
  return inTurn(`${ctx.folder} ${job.label}`, () => submitTo(service, job, ctx))
}

const turns = new Map<string, Promise<unknown>>()

/** One after another for each key: who comes second finds the first one's job. */
async function inTurn<T>(key: string, body: () => Promise<T>): Promise<T> {
  const before = turns.get(key)
  const mine = (before ?? Promise.resolve()).then(body, body)
  turns.set(key, mine)
  try {
    return await mine
  } finally {
    if (turns.get(key) === mine) turns.delete(key)
  }
}

async function submitTo(service: Service, job: JobRequest, ctx: Context): Promise<Submitted> {
  const rest = await restOf(service, ctx)
  const note = await readNote(ctx.folder, job.label)
  if (note !== undefined && note.rest.arex !== rest.arex)
    return { ok: false, transient: false, reason: `a job of this label was sent to ${note.rest.arex} before` }
  const discarded = note?.discarded ?? []
  const before = await findAt({ rest, discarded }, job.label, ctx)
  if (before !== undefined) return { ok: true, value: { nativeId: before } }
  await writeNote(ctx.folder, job.label, { rest, discarded })
  const made = await create(rest, job, ctx)
  if (!made.ok) return made
  const nativeId = nativeIdOf(rest, made.value)
  const fault = await upload(nativeId, job.script, ctx)
  if (fault === undefined) return { ok: true, value: { nativeId } }
  await writeNote(ctx.folder, job.label, { rest, discarded: [...discarded, made.value] }).catch((error) => {
    throw new UnsureError(`job ${nativeId} has no script (${fault}), and ${messageOf(error)}`)
  })
  await discard(rest, made.value, ctx)
  return { ok: false, transient: true, reason: `the script could not be brought to the job, which was given up: ${fault}` }
}

async function create(rest: Rest, job: JobRequest, ctx: Context): Promise<Outcome<string>> {
  const { options, identity } = ctx
  const queue = Object.hasOwn(options.queues, job.site) ? options.queues[job.site] : options.queue
  const isDelegating = options.delegation === 'x509' && identity?.proxyFile !== undefined
  const delegation = isDelegating ? await ask(() => delegate(rest, job.lifeSeconds, ctx)) : undefined
  const body = xrslOf(job, { queue, delegation })
  const answer = await call(ctx, { method: 'POST', url: `${urlOf(rest)}/jobs?action=new`, type: 'application/rsl', body })
  if (isWell(answer)) return createdIn(answer)
  throw failureOf(answer)
}

/** Why the script certainly is not with the job, or undefined when it is. */
async function upload(nativeId: string, script: string, ctx: Context): Promise<string | undefined> {
  const url = `${nativeId}/session/${SCRIPT}`
  try {
    await callWell(ctx, { method: 'PUT', url, type: 'application/octet-stream', body: script })
    return undefined
  } catch (error) {
    if (error instanceof UnsureError) throw new UnsureError(`job ${nativeId} was made, and its script may have arrived: ${error.message}`)
    return messageOf(error)
  }
}

/** Without its script it never begins, and fails when A-REX has waited long enough; this only makes it sooner. */
async function discard(rest: Rest, id: string, ctx: Context): Promise<void> {
  for (const action of ['kill', 'clean'] as const)
    await manage(ctx, rest, { action, ids: [id] }).catch((error) =>
      ctx.log('a job without its script could not be removed', { job: nativeIdOf(rest, id), action, reason: messageOf(error) }),
    )
}
