import { messageOf, UnsureError } from '../../core/domain/errors.ts'
import { SiteName } from '../../core/domain/site.ts'
import { type JobRequest, type Outcome, problemOf, type Target } from '../../core/domain/submitter.ts'
import { type Context, type Envelope, post, TASK_ID } from './api.ts'
import { problemOfPayload } from './payload.ts'
import { forgetOldRecords, writeRecord } from './records.ts'
import type { PandaOptions } from './schema.ts'
import { taskName, taskParameters } from './task.ts'
import { findTask, idIn } from './tasks.ts'

type Submitted = Outcome<{ nativeId: string }>

export async function submit(job: JobRequest, ctx: Context): Promise<Submitted> {
  if (ctx.signal.aborted) return { ok: false, transient: true, reason: 'the call was given up before anything was done' }
  const problem = problemOf(job) ?? problemOfJob(job, ctx.options)
  if (problem !== undefined) return { ok: false, transient: false, reason: problem }
  // A task of this name that has ended would be started again.
  const known = await findTask(job.label, ctx)
  if (known !== undefined) return { ok: true, value: { nativeId: known } }
  const envelope = await post(ctx, 'task/submit', { task_parameters: taskParameters(job, ctx.options) })
  const outcome = verdictOf(envelope, taskName(job.label, ctx.options))
  if (outcome.ok) await remember(job, outcome.value.nativeId, ctx)
  return outcome
}

/**
 * The server's codes: 0 accepted, 1 and 2 this name is in work, 3 an ended task of this name runs again (told as success),
 * 4 not registered, 10 too many active tasks, 11 no such parent.
 * https://github.com/PanDAWMS/panda-server, pandaserver/taskbuffer/db_proxy_mods/task_event_module.py, insertTaskParamsPanda
 */
export function verdictOf({ success, message, data }: Envelope, name: string): Submitted {
  const words = message === '' ? 'PanDA gives no reason' : message
  if (success) return accepted(message, data, name)
  const id = idIn(message)
  if (data === 1 || data === 2) {
    if (id !== undefined) return { ok: true, value: { nativeId: id } }
    throw new UnsureError(`PanDA has a task ${name} already and does not say which: ${words}`)
  }
  // The last: no identity came with the request, for example a limited proxy.
  const transient = data === 4 || data === 10 || /^SSL secure connection is required/.test(message)
  return { ok: false, transient, reason: words }
}

function accepted(message: string, data: unknown, name: string): Submitted {
  if (/reactivation accepted/i.test(message))
    throw new UnsureError(`PanDA runs an ended task of the name ${name} once more: ${message}; look at that task`)
  const id = String(data)
  if (TASK_ID.test(id)) return { ok: true, value: { nativeId: id } }
  // A ban that the entry has not heard of yet: Python takes the refusal's False for the code 0.
  if (/is banned/i.test(message)) return { ok: false, transient: false, reason: message }
  if (/^Failed to (update|insert) /.test(message)) return { ok: false, transient: true, reason: message }
  throw new UnsureError(`PanDA accepted the task ${name} and gave no id: ${message}`)
}

/** What is wrong with the target, before anything is asked of anybody; undefined when nothing is. */
export function problemOfTarget(target: Target, { server }: PandaOptions): string | undefined {
  if (!SiteName.safeParse(target.site).success) return 'not the name of a site'
  if (!URL.canParse(target.endpoint) || new URL(target.endpoint).href !== `${server}/`)
    return `the endpoint is not the PanDA server ${server}`
  if (target.voName !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(target.voName)) return 'not the name of a PanDA queue'
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(target.vo) ? undefined : 'not the name of a VO'
}

function problemOfJob(job: JobRequest, options: PandaOptions): string | undefined {
  if (job.voName === undefined) return `the VO has no name, a PanDA queue, for the site ${job.site}: give it in sites.csv`
  return problemOfTarget(job, options) ?? problemOfPayload(job)
}

/** The task is there: that it could not be noted must not lose its id. */
async function remember(job: JobRequest, id: string, ctx: Context): Promise<void> {
  ctx.log('task submitted to PanDA', { label: job.label, site: job.site, queue: job.voName, task: id })
  try {
    await forgetOldRecords(ctx.folder, Date.now())
    await writeRecord(ctx.folder, job.label, id)
  } catch (error) {
    ctx.log('the task was not noted: until PanDA lists it, it cannot be found by its label', { task: id, error: messageOf(error) })
  }
}
