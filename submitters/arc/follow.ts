import { setTimeout as pause } from 'node:timers/promises'
import { messageOf, PermanentError } from '../../core/domain/errors.ts'
import { type JobStatus, MAX_OUTPUT_BYTES, type Outcome } from '../../core/domain/submitter.ts'
import { type Entry, infoIn, jobsIn, statusIn } from './answers.ts'
import { type Job, jobOf, nativeIdOf, type Rest, urlOf } from './endpoint.ts'
import { ask, type Context, call, callWell, chunksOf, GIVEN_UP, isWell, manage, wordsOf } from './rest.ts'
import { OVER } from './states.ts'
import { OUTPUT } from './xrsl.ts'

type Answers<T> = Map<string, Outcome<T>>
/** What a bulk call says of jobs, by their ids at the service. */
type Bulk<T> = (rest: Rest, ids: readonly string[]) => Promise<Answers<T>>

const DONE: Outcome<null> = { ok: true, value: null }
const STRANGER = 'not an id of a job of A-REX'
const NO_SUCH_JOB: Outcome<never> = { ok: false, transient: false, reason: STRANGER }
const POLL_MS = 500

export function status(ids: readonly string[], ctx: Context): Promise<Answers<JobStatus>> {
  const hostile: Outcome<JobStatus> = { ok: true, value: { state: 'missing', native: STRANGER } }
  return perService(ids, { ctx, hostile }, (rest, some) => statusAt(rest, some, ctx))
}

/** A job that is over is as wished. */
export function cancel(ids: readonly string[], ctx: Context): Promise<Answers<null>> {
  return perService(ids, { ctx, hostile: NO_SUCH_JOB }, async (rest, some) => {
    const entries = await manage(ctx, rest, { action: 'kill', ids: some })
    return new Map(some.map((id) => [id, queued(entries.get(id))]))
  })
}

/** Only what is over: A-REX would take the order at any time, and carry it out as soon as the job ends. */
export function clean(ids: readonly string[], ctx: Context): Promise<Answers<null>> {
  return perService(ids, { ctx, hostile: NO_SUCH_JOB }, async (rest, some) => {
    const states = await statusAt(rest, some, ctx)
    const over = some.filter((id) => isOver(states.get(id)))
    const entries = await manage(ctx, rest, { action: 'clean', ids: over })
    const asked = over.filter((id) => queued(entries.get(id)).ok)
    const left = await leftOf(rest, asked, ctx)
    const answerOf = (id: string): Outcome<null> => {
      if (asked.includes(id)) return left.has(id) ? again('it will be cleaned, and is not yet') : DONE
      const answer = states.get(id)
      if (over.includes(id)) return gone(queued(entries.get(id)))
      if (answer !== undefined && !answer.ok) return answer
      return answer?.value.state === 'missing' ? DONE : again('the job is not over: cancel it first')
    }
    return new Map(some.map((id) => [id, answerOf(id)]))
  })
}

function again(reason: string): Outcome<never> {
  return { ok: false, transient: true, reason }
}

/** What is not there need not be cleaned. */
function gone(answer: Outcome<null>): Outcome<null> {
  return answer.ok || !answer.transient ? DONE : answer
}

function queued(entry: Entry | undefined): Outcome<null> {
  if (entry?.['status-code'].startsWith('2')) return DONE
  if (entry === undefined) return again('A-REX does not say what became of it')
  return { ok: false, transient: entry['status-code'] !== '404', reason: `${entry['status-code']} ${entry.reason}`.trim() }
}

function isOver(answer: Outcome<JobStatus> | undefined): boolean {
  return answer?.ok === true && OVER.has(answer.value.state)
}

/** The jobs that are still there when the patience is over. */
async function leftOf(rest: Rest, ids: readonly string[], ctx: Context): Promise<Set<string>> {
  let left = new Set(ids)
  for (let waitedMs = 0; left.size > 0; waitedMs += POLL_MS) {
    const entries = await manage(ctx, rest, { action: 'status', ids: [...left] })
    left = new Set([...left].filter((id) => isThere(statusIn(entries.get(id)))))
    if (left.size === 0 || waitedMs >= ctx.options.cleanSeconds * 1_000) break
    await pause(POLL_MS, undefined, { signal: ctx.signal })
  }
  return left
}

function isThere(answer: Outcome<JobStatus>): boolean {
  return !answer.ok || answer.value.state !== 'missing'
}

async function statusAt(rest: Rest, ids: readonly string[], ctx: Context): Promise<Answers<JobStatus>> {
  const entries = await manage(ctx, rest, { action: 'status', ids })
  if (ids.some((id) => !isOver(statusIn(entries.get(id)))))
    for (const id of await killedAt(rest, ctx)) {
      const entry = entries.get(id)
      if (entry?.state !== undefined) entries.set(id, { ...entry, state: 'KILLED' })
    }
  const ended = ids.filter((id) => ['FINISHED', 'FAILED'].includes(entries.get(id)?.state ?? ''))
  const documents = await manage(ctx, rest, { action: 'info', ids: ended }).catch((error) => {
    ctx.log('the exit codes could not be read', { service: rest.arex, reason: messageOf(error) })
    return new Map<string, Entry>()
  })
  const answers = ids.map((id) => {
    const document = documents.get(id)
    return [id, statusIn(entries.get(id), document && infoIn(document))] as const
  })
  for (const [id, answer] of answers)
    if (answer.ok && answer.value.state === 'unknown') ctx.log('a state that is not known', { id, native: answer.value.native })
  return new Map(answers)
}

/**
 * The jobs that are known to be killed. With a filter, and only then, the list is made from A-REX's own state of now, and not
 * from what its information provider gathered a minute ago.
 */
async function killedAt(rest: Rest, ctx: Context): Promise<string[]> {
  try {
    const answer = await ask(() => callWell(ctx, { method: 'GET', url: `${urlOf(rest)}/jobs?state=KILLED` }))
    return jobsIn(answer).flatMap(({ id, state }) => (id !== undefined && state === 'KILLED' ? [id] : []))
  } catch (error) {
    ctx.log('the killed jobs could not be listed', { service: rest.arex, reason: messageOf(error) })
    return []
  }
}

export async function output(nativeId: string, ctx: Context): Promise<Outcome<string>> {
  const job = jobOf(nativeId)
  if (job === undefined) return NO_SUCH_JOB
  if (ctx.signal.aborted) return again(GIVEN_UP)
  try {
    const url = `${nativeId}/session/${OUTPUT}`
    const answer = await ask(() => call(ctx, { method: 'GET', url, maxBytes: MAX_OUTPUT_BYTES }))
    if (isWell(answer)) return { ok: true, value: bounded(answer.body) }
    if (answer.status !== 404) return { ok: false, transient: answer.status >= 500, reason: wordsOf(answer) }
    const known = (await statusAt(job, [job.id], ctx)).get(job.id)
    const isMissing = known?.ok && known.value.state === 'missing'
    return isMissing ? { ok: false, transient: false, reason: known.value.native } : again('there is no output yet')
  } catch (error) {
    return failure(error)
  }
}

/** Bytes that are no text grow when they are read as text. */
function bounded(text: string): string {
  const bytes = Buffer.from(text)
  return bytes.length > MAX_OUTPUT_BYTES ? bytes.toString('utf8', 0, MAX_OUTPUT_BYTES - 3) : text
}

function failure(error: unknown): Outcome<never> {
  return { ok: false, transient: !(error instanceof PermanentError), reason: messageOf(error) }
}

/** Bulk calls in chunks, the services side by side; one that fails is not asked on, and is not the others' trouble. */
async function perService<T>(
  ids: readonly string[],
  { ctx, hostile }: { ctx: Context; hostile: Outcome<T> },
  bulk: Bulk<T>,
): Promise<Answers<T>> {
  const groups = new Map<string, Job[]>()
  for (const id of new Set(ids)) {
    const job = jobOf(id)
    if (job !== undefined) groups.set(urlOf(job), [...(groups.get(urlOf(job)) ?? []), job])
  }
  const told = await Promise.all([...groups.values()].map((jobs) => atService(jobs, ctx, bulk)))
  const answers = new Map(told.flatMap((one) => [...one]))
  return new Map(ids.map((id) => [id, answers.get(id) ?? hostile]))
}

async function atService<T>(jobs: readonly Job[], ctx: Context, bulk: Bulk<T>): Promise<Answers<T>> {
  const answers: Answers<T> = new Map()
  let fault: Outcome<never> | undefined = ctx.signal.aborted ? again(GIVEN_UP) : undefined
  for (const chunk of chunksOf(jobs, ctx.options.idsPerCall)) {
    const said: Answers<T> = fault
      ? new Map()
      : await bulk(
          chunk[0]!,
          chunk.map(({ id }) => id),
        ).catch((error) => {
          fault = failure(error)
          return new Map()
        })
    for (const job of chunk) answers.set(nativeIdOf(job, job.id), said.get(job.id) ?? fault ?? again('A-REX does not say'))
  }
  return answers
}
