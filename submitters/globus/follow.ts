import type { JobState, JobStatus, Outcome } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import { type JobContact, readNativeId } from './contact.ts'
import { type Answers, type Context, each } from './each.ts'
import { readFault } from './errors.ts'
import { statusFrom, tracesOf } from './look.ts'

/**
 * GRAM5's words as `globusrun -status` prints them: https://gridcf.org/gct-docs/latest/gram5/user/index.html, "Job states".
 * DONE is also said of a job that was cancelled or never was, and when nobody answers: it stands below, with FAILED.
 */
const STATES: Readonly<Record<string, JobState>> = {
  UNSUBMITTED: 'queued',
  STAGE_IN: 'queued',
  PENDING: 'queued',
  ACTIVE: 'running',
  STAGE_OUT: 'running',
  SUSPENDED: 'queued',
}
const NEEDS_PROOF = new Set(['DONE', 'FAILED'])

const NO_SUCH_ID: JobStatus = { state: 'missing', native: 'not an id of a GRAM5 job' }

export async function statusOf(ids: readonly string[], ctx: Context): Promise<Answers<JobStatus>> {
  const answers = await each(ids, ctx, async (id) => {
    const job = readNativeId(id)
    return job === undefined ? { ok: true, value: NO_SUCH_ID } : ask(job, ctx)
  })
  await prove(answers, ctx)
  return answers
}

async function ask({ job }: JobContact, ctx: Context): Promise<Outcome<JobStatus>> {
  const ran = await ctx.run(['globusrun', '-status', job], { timeoutMs: ctx.options.callSeconds * 1_000 })
  const [word = ''] = ran.out.split('\n')
  if (ran.code !== 0 || word === 'ERROR') return { ok: false, transient: readFault(ran).meaning !== 'no', reason: readFault(ran).words }
  const exit = /^exit code: (\d{1,3})$/m.exec(ran.out)?.[1]
  if (word === 'DONE' && exit !== undefined) return { ok: true, value: statusFrom(word, { isHeld: true, end: exit }) }
  const state = STATES[word]
  if (state === undefined && !NEEDS_PROOF.has(word)) ctx.log('GRAM5 used a word that we do not know', { word: plainLine(word, 50), job })
  return { ok: true, value: { state: state ?? 'unknown', native: plainLine(word, 50) } }
}

/** Asks the site's own traces about all that need it, and leaves the others as they are. */
async function prove(answers: Answers<JobStatus>, ctx: Context): Promise<void> {
  const open = [...answers].flatMap(([id, answer]) => {
    const job = readNativeId(id)
    const isOpen = answer.ok && answer.value.state === 'unknown' && NEEDS_PROOF.has(answer.value.native)
    return isOpen && job !== undefined ? [{ id, job, word: answer.value.native }] : []
  })
  const unique = [...new Map(open.map(({ job }) => [job.key, job])).values()]
  const traces = unique.length === 0 ? undefined : await tracesOf('status', unique, ctx)
  for (const { id, job, word } of open) {
    const trace = traces?.get(job.key)
    if (trace?.ok) answers.set(id, { ok: true, value: statusFrom(word, trace.value) })
    else unproven({ id, word, reason: trace?.reason ?? '' }, answers, ctx)
  }
}

/** FAILED is the job manager's own word; DONE may be nobody's. */
function unproven(one: { id: string; word: string; reason: string }, answers: Answers<JobStatus>, ctx: Context): void {
  if (one.word === 'FAILED') answers.set(one.id, { ok: true, value: { state: 'failed', native: one.word } })
  ctx.log(`GRAM5 says ${one.word} and nobody could look what that means`, { id: one.id, reason: one.reason })
}
