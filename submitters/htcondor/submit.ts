import { messageOf, PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import { type JobRequest, Label, type Outcome, problemOf } from '../../core/domain/submitter.ts'
import { faultIn, readSubmitted } from './answer.ts'
import { type Context, complaintOf, condor, folderOf, GIVEN_UP, keep } from './call.ts'
import { credentialProblem } from './credential.ts'
import { describeJob, joinOutputs } from './describe.ts'
import { queueOfLabel, rememberQueue } from './memory.ts'
import { nativeIdOf, type Queue, readEndpoint, whereIs } from './place.ts'
import { jobOfLabel } from './status.ts'

type Submitted = Outcome<{ nativeId: string }>
type Sending = { job: JobRequest; queue: Queue; ctx: Context }

/** A VO's own name of a site; more than letters occurs in none that we know. */
export const VO_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,199}$/

export async function submit(job: JobRequest, ctx: Context): Promise<Submitted> {
  if (ctx.signal.aborted) return GIVEN_UP
  const queue = readEndpoint(job.endpoint, ctx.options)
  const problem = problemOf(job) ?? targetProblem(job, queue, ctx)
  if (problem !== undefined || queue === undefined) return no(problem ?? 'no endpoint')
  const before = await queueOfLabel(ctx.folder, job.label)
  if (before !== undefined && before !== queue.key) return no(`a job of this label was sent to ${before || 'the schedd of the VO'} before`)
  const lapsed = await credentialProblem(ctx, Date.now())
  if (lapsed !== undefined) return again(lapsed)
  await rememberQueue(ctx.folder, job.label, queue)
  return begin({ job, queue, ctx })
}

export function targetProblem(target: { voName?: string }, queue: Queue | undefined, { options }: Context): string | undefined {
  if (queue === undefined) return 'not the endpoint of a computing element, such as ce.site.example:9619'
  if (options.schedd === undefined) return undefined
  if (target.voName === undefined) return 'the VO has no name for this site: give it in the column of sites.csv'
  return VO_NAME.test(target.voName) ? undefined : `not a name that a VO gives to a site: ${JSON.stringify(target.voName.slice(0, 100))}`
}

/** Only who makes the folder of the label asks condor_submit. */
async function begin(sending: Sending): Promise<Submitted> {
  const { job, queue, ctx } = sending
  const script = joinOutputs(job.script)
  const ran = await keep(ctx, { verb: 'begin', args: [job.label, '@script', String(ctx.options.patienceSeconds)], script })
  const [, word, id] = /^(mine|stale|held|again|id)(?: (\d+\.\d+))?\n$/.exec(ran.out) ?? []
  if (word === 'id' && id !== undefined) return { ok: true, value: { nativeId: nativeIdOf(queue, id) } }
  if (word === 'mine') return send(sending)
  if (word === 'again') return again('another submission of this label was refused at this moment')
  if (word !== 'held' && word !== 'stale') return again(`nothing was submitted: ${complaintOf(ran)}`)
  // Somebody began it and ended before the id was written down.
  return (
    (await recall(sending)) ??
    (word === 'stale' ? send(sending) : unsure('a submission of this label was begun and HTCondor does not tell of it yet'))
  )
}

async function send(sending: Sending): Promise<Submitted> {
  const { job, queue, ctx } = sending
  const folder = `${folderOf(ctx)}/jobs/${job.label}`
  const site = ctx.options.schedd === undefined ? {} : { site: { attribute: ctx.options.siteAttribute, name: job.voName ?? '' } }
  const description = describeJob({ job, folder, ...site })
  let ran: Ran
  try {
    ran = await ctx.withFiles({ 'job.sub': description }, (files) =>
      condor(ctx, 'condor_submit', '-terse', '-pool', queue.pool, '-remote', queue.name, '-spool', `${files}/job.sub`),
    )
  } catch (error) {
    if (error instanceof TransientError || error instanceof PermanentError) await giveBack(sending)
    throw error
  }
  return judge(sending, ran)
}

/** Words of a failure after which the queue may hold the job all the same. */
const AMBIGUOUS =
  /failed to commit job submission into the queue\.\s*$|communication error|timed? ?out|connection (was )?(lost|reset|closed)/i
const NEVER_MET = /failed to connect|CEDAR:6001|can't find address|couldn't locate|unknown host/i

async function judge(sending: Sending, ran: Ran): Promise<Submitted> {
  const id = ran.code === 0 ? readSubmitted(ran.out) : undefined
  if (id !== undefined) return noted(sending, id)
  const complaint = complaintOf(ran)
  if (/failed to spool/i.test(ran.err)) return withdraw(sending, complaint)
  const isAnswered = ran.code !== 0 && ran.code !== null && (NEVER_MET.test(ran.err) || !AMBIGUOUS.test(ran.err.trim()))
  if (!isAnswered) return (await recall(sending)) ?? unsure(`it is not known whether ${sending.queue.name} took the job: ${complaint}`)
  await giveBack(sending)
  const fault = faultIn(ran.err)
  return fault === 'ours' || fault === 'unreachable' ? again(complaint) : no(complaint)
}

/** The lock of a label that certainly has no job. One that stays is taken over by the next submission, after a while. */
async function giveBack({ job, ctx }: Sending): Promise<void> {
  await drop(ctx, [job.label]).catch((error: unknown) => ctx.log('the lock of a job stays', { label: job.label, reason: messageOf(error) }))
}

/** A job whose input never came would be held for ever: it is taken back, and may be tried again. */
async function withdraw(sending: Sending, complaint: string): Promise<Submitted> {
  const { job, queue, ctx } = sending
  const id = await jobOfLabel(ctx, queue, job.label).catch(() => undefined)
  if (id === undefined) return unsure(`the input was not spooled, and the job is not found: ${complaint}`)
  const ran = await condor(ctx, 'condor_rm', ...whereIs(queue), id).catch(() => undefined)
  if (ran?.code !== 0) return unsure(`the input of ${id} was not spooled, and it could not be removed: ${complaint}`)
  await giveBack(sending)
  return again(complaint)
}

async function recall(sending: Sending): Promise<Submitted | undefined> {
  const id = await jobOfLabel(sending.ctx, sending.queue, sending.job.label).catch((error: unknown) => unsure(messageOf(error)))
  return id === undefined ? undefined : noted(sending, id)
}

async function noted({ job, queue, ctx }: Sending, id: string): Promise<Submitted> {
  // The job is there; a note that fails is made up for by the next lookup.
  await keep(ctx, { verb: 'note', args: [job.label, id] }).catch((error: unknown) =>
    ctx.log('the id of a job was not noted', { reason: messageOf(error) }),
  )
  return { ok: true, value: { nativeId: nativeIdOf(queue, id) } }
}

export async function drop(ctx: Context, labels: readonly string[]): Promise<void> {
  const ran = await keep(ctx, { verb: 'drop', args: labels })
  if (ran.out !== 'dropped\n') throw new UnsureError(`the folder of a job could not be removed: ${complaintOf(ran)}`)
}

function unsure(reason: string): never {
  throw new UnsureError(reason)
}

function no(reason: string): Outcome<never> {
  return { ok: false, transient: false, reason }
}

function again(reason: string): Outcome<never> {
  return { ok: false, transient: true, reason }
}

export async function find(label: string, ctx: Context): Promise<string | undefined> {
  if (!Label.safeParse(label).success) return undefined
  const key = ctx.options.schedd === undefined ? await queueOfLabel(ctx.folder, label) : ''
  // Another process may have sent it, whose notes are not ours.
  const queue = key === undefined ? queueOfCall(ctx) : readEndpoint(key === '' ? 'vo' : key, ctx.options)
  if (queue === undefined) return undefined
  const id = await jobOfLabel(ctx, queue, label)
  return id === undefined ? undefined : nativeIdOf(queue, id)
}

function queueOfCall({ endpoints, options }: Context): Queue | undefined {
  return endpoints.map((endpoint) => readEndpoint(endpoint, options)).find((queue) => queue !== undefined)
}
