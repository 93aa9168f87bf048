import { failure, GIVEN_UP } from '../../core/domain/bulk.ts'
import { messageOf, PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import { hostOf } from '../../core/domain/loopback.ts'
import type { Ran } from '../../core/domain/reach.ts'
import {
  type JobRequest,
  type JobStatus,
  Label,
  MAX_OUTPUT_BYTES,
  type Outcome,
  problemOf,
  type Submitter,
} from '../../core/domain/submitter.ts'
import { outputIn, statusOf, submissionOf, tasksNamed } from './answers.ts'
import { type Context, crab, perTask, withProject } from './calls.ts'
import { configOf, PSET, SCRIPT } from './config.ts'
import { faultOf, textOf } from './faults.ts'
import { CrabOptions } from './schema.ts'
import { isCmsSite, isTask, requestNameOf } from './task.ts'

const DONE: Outcome<null> = { ok: true, value: null }
const NO_TASK: Outcome<never> = { ok: false, transient: false, reason: 'not the name of a task' }
const STRANGER: Outcome<JobStatus> = { ok: true, value: { state: 'missing', native: 'not the name of a task' } }
const OVER = new Set(['ended', 'failed', 'cancelled'])
/** What CRAB's own wrapper says before and after the job is some tens of KiB. */
const MAX_LOG_BYTES = 4 * MAX_OUTPUT_BYTES

/** Sends each job as a CRAB task of its own to one CMS site, with the commands of the client. */
export const submitter: Submitter<CrabOptions> = {
  name: 'crab',
  summary: 'Sends jobs through CMS CRAB to a site by its CMS name, with the crab command',
  // A site is known by its CMS name, whatever its endpoints are; behind it are these.
  serviceTypes: ['CREAM-CE', 'ARC-CE', 'org.nordugrid.arex', 'org.opensciencegrid.htcondorce'],
  options: CrabOptions,
  reaches: ({ hosts }) => hosts,
  through: ({ server }) => `https://${server}/crabserver`,
  submit,
  status: (ids, ctx) => perTask({ ids, hostile: STRANGER }, (task) => ask(task, ctx)),
  find,
  cancel: (ids, ctx) => perTask({ ids, hostile: NO_TASK }, (task) => cancel(task, ctx)),
  output,
  check,
}

async function submit(job: JobRequest, ctx: Context): Promise<Outcome<{ nativeId: string }>> {
  if (ctx.signal.aborted) throw new TransientError(GIVEN_UP)
  const { voName } = job
  const problem = problemOf(job) ?? problemOfTarget(job, ctx.options)
  if (problem !== undefined || !isCmsSite(voName))
    return { ok: false, transient: false, reason: problem ?? `${job.site} has no CMS name, such as T2_XX_Somewhere: give it in sites.csv` }
  const before = await find(job.label, ctx)
  if (before !== undefined) return { ok: true, value: { nativeId: before } }
  return ctx.withFiles({ 'agent.sh': job.script, 'job.sh': SCRIPT, 'pset.py': PSET }, (parts) =>
    ctx.withFiles({ 'crabConfig.py': configOf({ ...job, voName }, ctx.options, parts) }, async (folder) =>
      submissionOf(await crab(ctx, folder, ['submit', `--config=${folder}/crabConfig.py`]), requestNameOf(job.label)),
    ),
  )
}

/** The gate looked at the endpoint, and the client goes to its instance's server: they must be the same. */
function problemOfTarget({ endpoint }: JobRequest, { server }: CrabOptions): string | undefined {
  return hostOf(endpoint).toLowerCase() === hostOf(server).toLowerCase()
    ? undefined
    : `jobs go through ${server}, and not through this endpoint`
}

async function find(label: string, ctx: Context): Promise<string | undefined> {
  if (!Label.safeParse(label).success) return undefined
  const ran = await listTasks(ctx)
  const tasks = ran.isCut ? undefined : tasksNamed(ran, requestNameOf(label))
  if (tasks === undefined || ran.code !== 0) throw noList(ran)
  if (tasks.length > 1) throw new UnsureError(`more than one task has the label ${label}: ${tasks.join(', ')}`)
  return tasks[0]
}

function noList(ran: Ran): Error {
  const { kind, words } = faultOf(ran)
  const message = `the server did not list the tasks: ${words}`
  return kind === 'denied' ? new PermanentError(message) : new TransientError(message)
}

async function listTasks(ctx: Context): Promise<Ran> {
  const { days, instance } = ctx.options
  try {
    return await ctx.withFiles({}, (folder) => crab(ctx, folder, ['tasks', `--days=${days}`, `--instance=${instance}`]))
  } catch (error) {
    throw error instanceof UnsureError ? new TransientError(`the server did not answer: ${error.message}`) : error
  }
}

async function ask(task: string, ctx: Context): Promise<Outcome<JobStatus>> {
  return withProject(ctx, task, (folder, project) => askIn(ctx, folder, { task, project }))
}

async function askIn(ctx: Context, folder: string, { task, project }: { task: string; project: string }): Promise<Outcome<JobStatus>> {
  const answer = statusOf(await crab(ctx, folder, ['status', `--dir=${project}`, '--json']), task)
  if (answer.ok && answer.value.state === 'unknown') ctx.log('a state that is not known', { id: task, native: answer.value.native })
  return answer
}

/** The server refuses to kill a task that is over, and says no more than that it does: so it is asked first. */
async function cancel(task: string, ctx: Context): Promise<Outcome<null>> {
  return withProject(ctx, task, async (folder, project) => {
    const now = await askIn(ctx, folder, { task, project })
    if (!now.ok) return now
    if (now.value.state === 'missing') return { ok: false, transient: false, reason: now.value.native }
    if (OVER.has(now.value.state)) return DONE
    const ran = await crab(ctx, folder, ['kill', `--dir=${project}`])
    if (ran.code === 0 && /Kill request succ?ess?fully sent|Task killed/.test(textOf(ran))) return DONE
    const { kind, words } = faultOf(ran)
    return { ok: false, transient: kind !== 'denied', reason: words }
  })
}

/** The log of the last attempt of the task's one job, without what CRAB's wrapper said around it. */
async function output(task: string, ctx: Context): Promise<Outcome<string>> {
  if (!isTask(task)) return NO_TASK
  try {
    return await withProject(ctx, task, async (folder, project) => {
      const now = await askIn(ctx, folder, { task, project })
      if (now.ok && now.value.state === 'missing') return { ok: false, transient: false, reason: now.value.native }
      const ran = await crab(ctx, folder, ['getlog', `--dir=${project}`, '--short', '--jobids=1'])
      const log = await lastLog(ctx, `${folder}/${project}/results`)
      const own = log === undefined ? undefined : outputIn(log)
      return own === undefined ? { ok: false, transient: true, reason: faultOf(ran).words } : { ok: true, value: bounded(own) }
    })
  } catch (error) {
    return failure(error)
  }
}

async function lastLog(ctx: Context, folder: string): Promise<string | undefined> {
  const { out } = await ctx.run(['find', folder, '-type', 'f', '-name', 'job_out.1.*.txt'])
  const attempts = out.split('\n').flatMap((file) => /\/job_out\.1\.(\d{1,3})\.txt$/.exec(file)?.[1] ?? [])
  if (attempts.length === 0) return undefined
  const file = `${folder}/job_out.1.${Math.max(...attempts.map(Number))}.txt`
  const read = await ctx.run(['head', '-c', String(MAX_LOG_BYTES), file], { maxBytes: MAX_LOG_BYTES })
  return read.code === 0 ? read.out : undefined
}

/** Bytes that are no text grow when they are read as text. */
function bounded(text: string): string {
  return Buffer.from(text)
    .subarray(0, MAX_OUTPUT_BYTES - 3)
    .toString('utf8')
}

async function check(ctx: Context): Promise<string[]> {
  const problems: string[] = []
  const version = await ctx.run(['crab', '--version']).catch((error) => {
    const advice = error instanceof PermanentError ? 'install the CRAB client, or name a user-interface host' : 'try again'
    problems.push(`crab: ${messageOf(error)}: ${advice}`)
  })
  if (version !== undefined && faultOf(version).kind === 'setup')
    problems.push(`crab: ${faultOf(version).words}: name CMSSW_VERSION and what else cmsenv sets below submitters.crab.environment`)
  const { identity } = ctx
  if (identity !== undefined && [identity, ...Object.values(identity.on)].every(({ proxyFile }) => proxyFile === undefined))
    problems.push(`identities.yaml names no proxyFile for ${identity.subject}: CRAB takes nothing but a proxy with VOMS attributes of cms`)
  return problems
}
