import { TransientError } from '../../core/domain/errors.ts'
import type { JobStatus, Outcome } from '../../core/domain/submitter.ts'
import { readJobs, readLines } from './answer.ts'
import { type Context, complaintOf, condor, inChunks } from './call.ts'
import { quoteInExpression } from './describe.ts'
import { isForgotten } from './memory.ts'
import { nativeIdOf, type Queue, whereIs } from './place.ts'
import { ATTRIBUTES } from './states.ts'

/** The queue is asked first, then the history for those that have left it; who is in neither is missing. */
export async function status(ids: readonly string[], ctx: Context): Promise<Map<string, Outcome<JobStatus>>> {
  const stranger: Outcome<JobStatus> = { ok: true, value: { state: 'missing', native: 'not an id of this system' } }
  return inChunks({ ids, ctx, stranger }, async (queue, jobs) => {
    const known = await ask(ctx, { tool: 'condor_q', queue, jobs })
    const gone = jobs.filter((job) => !known.has(job))
    const past =
      gone.length === 0 ? new Map<string, JobStatus>() : await ask(ctx, { tool: 'condor_history', queue, jobs: gone }).catch(messageFrom)
    return (job) => heard(outcomeFor({ ctx, queue, job }, known.get(job), past), ctx)
  })
}

type Question = { tool: 'condor_q' | 'condor_history'; queue: Queue; jobs: readonly string[] }

async function ask(ctx: Context, { tool, queue, jobs }: Question): Promise<Map<string, JobStatus>> {
  // Else the whole history is read, years of it.
  const few = tool === 'condor_history' ? ['-match', String(jobs.length)] : []
  const ran = await condor(ctx, tool, ...whereIs(queue), ...few, ...jobs, '-af:j', ...ATTRIBUTES)
  if (ran.code !== 0 || ran.isCut) throw new TransientError(complaintOf(ran))
  return readJobs(ran.out)
}

/** One that waits or runs is told all the same when only the history fails. */
function messageFrom(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function outcomeFor(
  { ctx, queue, job }: { ctx: Context; queue: Queue; job: string },
  live: JobStatus | undefined,
  past: Map<string, JobStatus> | string,
): Outcome<JobStatus> {
  if (isForgotten(ctx.folder, nativeIdOf(queue, job))) return { ok: true, value: { state: 'missing', native: 'cleaned' } }
  if (live) return { ok: true, value: live }
  if (typeof past === 'string') return { ok: false, transient: true, reason: past }
  return { ok: true, value: past.get(job) ?? { state: 'missing', native: 'neither in the queue nor in the history' } }
}

function heard(outcome: Outcome<JobStatus>, ctx: Context): Outcome<JobStatus> {
  if (outcome.ok && outcome.value.state === 'unknown')
    ctx.log('HTCondor gave a state that is not in the table', { word: outcome.value.native })
  return outcome
}

/** The job of a label, in the queue or the history; throws when they do not answer. The newest, should there be several. */
export async function jobOfLabel(ctx: Context, queue: Queue, label: string): Promise<string | undefined> {
  const constraint = ['-constraint', `SscLabel == ${quoteInExpression(label)}`]
  for (const [tool, ...few] of [['condor_q'], ['condor_history', '-match', '1']] as const) {
    const ran = await condor(ctx, tool, ...whereIs(queue), ...few, ...constraint, '-af:j', 'SscLabel')
    if (ran.code !== 0) throw new TransientError(complaintOf(ran))
    const jobs = readLines(ran.out).flatMap(({ id, values }) => (values[0] === label ? [id] : []))
    if (jobs.length > 0) return jobs.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).at(-1)
  }
  return undefined
}

export async function labelOfJob(ctx: Context, queue: Queue, job: string): Promise<string | undefined> {
  for (const [tool, ...few] of [['condor_q'], ['condor_history', '-match', '1']] as const) {
    const ran = await condor(ctx, tool, ...whereIs(queue), ...few, job, '-af:j', 'SscLabel')
    if (ran.code !== 0) throw new TransientError(complaintOf(ran))
    const label = readLines(ran.out).find(({ id }) => id === job)?.values[0]
    if (label !== undefined) return label
  }
  return undefined
}
