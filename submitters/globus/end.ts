import type { Outcome } from '../../core/domain/submitter.ts'
import { findContact, isSameSite, type JobContact, movedTo, readNativeId } from './contact.ts'
import { type Answers, type Context, each } from './each.ts'
import { readFault } from './errors.ts'
import { tracesOf } from './look.ts'

const NO_SUCH_ID: Outcome<never> = { ok: false, transient: false, reason: 'not an id of a GRAM5 job' }
const NO_TRACE: Outcome<never> = { ok: false, transient: false, reason: 'the site has no trace of this job' }
const DONE: Outcome<null> = { ok: true, value: null }

export async function cancelAll(ids: readonly string[], ctx: Context): Promise<Answers<null>> {
  return each(ids, ctx, async (id) => {
    const job = readNativeId(id)
    return job === undefined ? NO_SUCH_ID : cancel(job, ctx)
  })
}

async function cancel(job: JobContact, ctx: Context): Promise<Outcome<null>> {
  const ran = await kill(job.job, ctx)
  if (isKilled(ran.code)) return DONE
  const { number, words, meaning } = readFault(ran)
  const vain: Outcome<null> = { ok: false, transient: meaning !== 'no', reason: `${words} (error code ${number})` }
  // 156 (no such job) is said of a job that is over, too; 79 when no job manager answers.
  return number === 156 || number === 79 ? afterVainKill(job, vain, ctx) : vain
}

function kill(contact: string, ctx: Context) {
  return ctx.run(['globusrun', '-kill', contact], { timeoutMs: ctx.options.callSeconds * 1_000 })
}

/** 94: the job manager says that the job is over. */
function isKilled(code: number | null): boolean {
  return code === 0 || code === 94
}

async function afterVainKill(job: JobContact, vain: Outcome<null>, ctx: Context): Promise<Outcome<null>> {
  const trace = (await tracesOf('status', [job], ctx)).get(job.key)
  if (!trace?.ok) return (await killAgain(job, ctx)) ? DONE : vain
  const { end, isHeld } = trace.value
  if (end === 'none' && !isHeld) return NO_TRACE
  if (end !== 'none' && (end !== 'begun' || !isHeld)) return DONE
  return (await killAgain(job, ctx)) ? DONE : vain
}

/** A job manager that was ended begins anew with the next request, at another port, and takes up its jobs: so it gets a request that does nothing. */
async function killAgain(job: JobContact, ctx: Context): Promise<boolean> {
  const nothing = '&(executable=/bin/true)(job_type=single)(max_wall_time=1)'
  const argv = ['globusrun', '-q', '-b', '-r', `${job.gatekeeper}/${job.service}`, nothing]
  const younger = findContact((await ctx.run(argv, { timeoutMs: ctx.options.callSeconds * 1_000 })).out)
  if (younger === undefined || !isSameSite(younger.host, job.gatekeeper.replace(/:.*/, ''))) return false
  const moved = movedTo(job.job, younger.job)
  return moved !== job.job && isKilled((await kill(moved, ctx)).code)
}

export async function cleanAll(ids: readonly string[], ctx: Context): Promise<Answers<null>> {
  const jobs = ctx.signal.aborted ? [] : ids.flatMap((id) => readNativeId(id) ?? [])
  const traces = await tracesOf('clean', jobs, ctx)
  return each(ids, ctx, async (id) => {
    const job = readNativeId(id)
    const trace = job === undefined ? undefined : traces.get(job.key)
    if (trace === undefined) return NO_SUCH_ID
    if (!trace.ok) return trace
    if (trace.value.end === 'cleaned') return DONE
    return { ok: false, transient: true, reason: 'the job is not over: cancel it first' }
  })
}
