import { z } from 'zod'
import type { Outcome } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import { ask, askWithBody, type Context, eachOf, outcomeOf } from './api.ts'
import { noAnswer } from './tasks.ts'

const word = z.union([z.string().max(5_000), z.number()]).nullish()

/** As much as we use of a job: https://github.com/PanDAWMS/panda-server, pandaserver/taskbuffer/JobSpec.py */
const Job = z.object({
  PandaID: z.number().int().positive(),
  jediTaskID: word,
  jobStatus: z.string().max(100),
  computingSite: word,
  transExitCode: word,
  ...Object.fromEntries(errorSources().flatMap((source) => [`${source}ErrorCode`, `${source}ErrorDiag`].map((name) => [name, word]))),
})
export type Job = z.infer<typeof Job> & Record<string, unknown>

/** A task of one job that PanDA began anew has some; the last ones count. */
const MOST_JOBS = 20

function errorSources(): string[] {
  return ['pilot', 'exe', 'sup', 'ddm', 'brokerage', 'jobDispatcher', 'taskBuffer']
}

/** The jobs of each task, oldest first: their ids task by task, their descriptions in bulk. */
export async function jobsOf(tasks: readonly string[], ctx: Context): Promise<Map<string, Outcome<Job[]>>> {
  const idsOf = new Map<string, Outcome<number[]>>()
  await eachOf(tasks, ctx.options.callsAtOnce, async (task) => idsOf.set(task, await outcomeOf(() => jobIds(task, ctx))))
  const wanted = [...idsOf.values()].flatMap((ids) => (ids.ok ? ids.value : []))
  const jobs = await outcomeOf(() => descriptionsOf(wanted, ctx))
  return new Map([...idsOf].map(([task, ids]) => [task, jobsFrom(ids, jobs)]))
}

function jobsFrom(ids: Outcome<number[]>, jobs: Outcome<Map<number, Job>>): Outcome<Job[]> {
  if (!ids.ok) return ids
  if (ids.value.length === 0) return { ok: true, value: [] }
  if (!jobs.ok) return jobs
  const found = ids.value.flatMap((id) => jobs.value.get(id) ?? [])
  // Without its newest job nothing certain can be said of a task.
  if (found.at(-1)?.PandaID === ids.value.at(-1)) return { ok: true, value: found }
  return { ok: false, transient: true, reason: `PanDA names job ${ids.value.at(-1)} and does not describe it` }
}

async function jobIds(task: string, ctx: Context): Promise<number[]> {
  const envelope = await ask(ctx, 'task/get_job_ids', { task_id: task })
  const ids = z.array(z.number().int().positive()).safeParse(envelope.data)
  if (!envelope.success || !ids.success) throw noAnswer(envelope, `the jobs of task ${task}`)
  return ids.data.sort((a, b) => a - b).slice(-MOST_JOBS)
}

/** A longer list than the server takes would be cut without a word; a job that it does not know is null. */
async function descriptionsOf(ids: readonly number[], ctx: Context): Promise<Map<number, Job>> {
  const found = new Map<number, Job>()
  for (let from = 0; from < ids.length; from += ctx.options.jobsPerCall) {
    const chunk = ids.slice(from, from + ctx.options.jobsPerCall)
    const envelope = await askWithBody(ctx, 'job/get_description_incl_archive', { job_ids: chunk })
    if (!envelope.success || !Array.isArray(envelope.data)) throw noAnswer(envelope, `${chunk.length} jobs`)
    for (const one of envelope.data) {
      const job = Job.safeParse(one)
      if (job.success) found.set(job.data.PandaID, job.data as Job)
    }
  }
  return found
}

/** `job 6001 failed at A_QUEUE, transExitCode 3, pilotErrorCode 1305: Failed to execute payload` */
export function describeJob(job: Job): string {
  const parts = [
    `job ${job.PandaID} ${plainLine(job.jobStatus, 50)}${isTold(job.computingSite) ? ` at ${plainLine(String(job.computingSite), 100)}` : ''}`,
  ]
  if (isTold(job.transExitCode)) parts.push(`transExitCode ${plainLine(String(job.transExitCode), 20)}`)
  for (const source of errorSources()) {
    const [code, diag] = [job[`${source}ErrorCode`], job[`${source}ErrorDiag`]]
    if (isTold(code))
      parts.push(`${source}ErrorCode ${plainLine(String(code), 20)}${isTold(diag) ? `: ${plainLine(String(diag), 200)}` : ''}`)
  }
  return parts.join(', ')
}

/** What is not set is 0, null or the text NULL. */
function isTold(value: unknown): boolean {
  return value !== undefined && value !== null && !['', '0', 'NULL'].includes(String(value))
}
