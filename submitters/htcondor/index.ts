import { messageOf, TransientError } from '../../core/domain/errors.ts'
import { Label, MAX_OUTPUT_BYTES, type Outcome, type Submitter } from '../../core/domain/submitter.ts'
import { readRemovals } from './answer.ts'
import { type Context, complaintOf, condor, inChunks, keep, MISSING } from './call.ts'
import { credentialProblem } from './credential.ts'
import { forget } from './memory.ts'
import { nativeIdOf, type Queue, readNativeId, whereIs } from './place.ts'
import { probe } from './probe.ts'
import { HtcondorOptions } from './schema.ts'
import { labelOfJob, status } from './status.ts'
import { drop, find, submit } from './submit.ts'

const DONE: Outcome<null> = { ok: true, value: null }
const OVER: readonly string[] = ['ended', 'failed', 'cancelled']

/** Sends jobs to HTCondor computing elements, or through a VO's schedd to its glideins. */
export const submitter: Submitter<HtcondorOptions> = {
  name: 'htcondor',
  summary: "Sends jobs with condor_submit to the sites' HTCondor-CEs, or through a VO's schedd to its glideins",
  // GOCDB's: https://wiki.egi.eu/wiki/GOCDB/Input_System_User_Documentation, "Service Types".
  serviceTypes: ['org.opensciencegrid.htcondorce', 'HTCondor-CE', 'HTCONDOR-CE'],
  options: HtcondorOptions,
  // The core takes undefined for "each site's own endpoint"; the contract's type does not say it yet.
  through: ({ pool }) => (pool === undefined ? undefined : `condor://${pool}`) as string,
  idempotent: true,
  submit,
  status,
  find,
  cancel,
  output,
  clean,
  check,
  probe,
}

/** Only what still waits or runs is asked to be removed: a job that has ended would count as removed. */
async function cancel(ids: readonly string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  const fates = await status(ids, ctx)
  const isOpen = (id: string) => {
    const fate = fates.get(id)
    return fate?.ok === true && !['missing', 'ended', 'cancelled'].includes(fate.value.state) && !fate.value.native.startsWith('Completed')
  }
  const removed = await remove(ids.filter(isOpen), ctx)
  return new Map(ids.map((id) => [id, removed.get(id) ?? settled(fates.get(id))]))
}

function settled(fate: Outcome<{ state: string }> | undefined): Outcome<null> {
  if (fate === undefined) return MISSING
  if (!fate.ok) return fate
  return fate.value.state === 'missing' ? MISSING : DONE
}

async function remove(ids: readonly string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  return inChunks<null>({ ids, ctx, stranger: MISSING }, async (queue, jobs) => {
    const ran = await condor(ctx, 'condor_rm', ...whereIs(queue), ...jobs)
    const removals = readRemovals(`${ran.out}\n${ran.err}`)
    return (job) => {
      const word = removals.get(job)
      if (word === 'done') return DONE
      if (word === 'denied') return { ok: false, transient: false, reason: `Permission denied to remove job ${job}` }
      return word === 'missing' ? MISSING : { ok: false, transient: true, reason: complaintOf(ran) }
    }
  })
}

async function output(nativeId: string, ctx: Context): Promise<Outcome<string>> {
  const read = readNativeId(nativeId, ctx.options)
  if (read === undefined) return MISSING
  try {
    const state = (await status([nativeId], ctx)).get(nativeId)
    if (state?.ok && state.value.state === 'missing') return MISSING
    if (state?.ok && ['queued', 'running'].includes(state.value.state)) return await tail(read, ctx)
    return await fetched(read, ctx)
  } catch (error) {
    return { ok: false, transient: true, reason: messageOf(error) }
  }
}

/** Of a job that runs, where the schedd can reach the node. */
async function tail({ queue, job }: { queue: Queue; job: string }, ctx: Context): Promise<Outcome<string>> {
  const ran = await condor(ctx, 'condor_tail', ...whereIs(queue), '-maxbytes', String(MAX_OUTPUT_BYTES), job)
  if (ran.code === 0) return { ok: true, value: within(ran.out) }
  return { ok: false, transient: true, reason: `the output comes when the job has ended: ${complaintOf(ran)}` }
}

async function fetched({ queue, job }: { queue: Queue; job: string }, ctx: Context): Promise<Outcome<string>> {
  const label = Label.safeParse(await labelOfJob(ctx, queue, job)).data
  if (label === undefined) return { ok: false, transient: false, reason: 'the job tells no label of ours' }
  const ran = await condor(ctx, 'condor_transfer_data', ...whereIs(queue), job)
  const read = await keep(ctx, { verb: 'output', args: [label, String(MAX_OUTPUT_BYTES)] })
  // What was brought back once is still here when the schedd has forgotten it.
  if (read.code !== 0 || (ran.code !== 0 && read.out === ''))
    return { ok: false, transient: true, reason: complaintOf(ran.code === 0 ? read : ran) }
  return { ok: true, value: within(read.out) }
}

/** A character that was cut in two is read as another one, which is longer. */
function within(text: string): string {
  return Buffer.byteLength(text) <= MAX_OUTPUT_BYTES
    ? text
    : Buffer.from(text)
        .subarray(0, MAX_OUTPUT_BYTES - 3)
        .toString('utf8')
}

/** Takes a job that is over out of the queue, and its folder away. */
async function clean(ids: readonly string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  const fates = await status(ids, ctx)
  const answers = new Map<string, Outcome<null>>()
  for (const id of ids) {
    const fate = fates.get(id)
    if (fate?.ok && fate.value.state === 'missing') answers.set(id, DONE)
    else if (fate?.ok && OVER.includes(fate.value.state)) answers.set(id, await wipe(id, ctx))
    else
      answers.set(id, {
        ok: false,
        transient: true,
        reason: fate?.ok ? 'the job is not over: cancel it first' : (fate?.reason ?? 'no answer'),
      })
  }
  return answers
}

async function wipe(id: string, ctx: Context): Promise<Outcome<null>> {
  const read = readNativeId(id, ctx.options)
  if (read === undefined) return DONE
  try {
    const label = Label.safeParse(await labelOfJob(ctx, read.queue, read.job)).data
    const removed = (await remove([id], ctx)).get(id)
    if (removed?.ok === false && removed.transient) throw new TransientError(removed.reason)
    if (label !== undefined) await drop(ctx, [label])
    await forget(ctx.folder, nativeIdOf(read.queue, read.job))
    return DONE
  } catch (error) {
    return { ok: false, transient: true, reason: messageOf(error) }
  }
}

async function check(ctx: Context): Promise<string[]> {
  const lapsed = await credentialProblem(ctx, Date.now())
  try {
    const ran = await keep(ctx, { verb: 'check', args: [] })
    const problems = ran.out.split('\n').flatMap((line) => (line.startsWith('problem ') ? [line.slice(8, 500)] : []))
    const all = ran.out.endsWith('end\n') ? problems : [...problems, complaintOf(ran)]
    return lapsed === undefined ? all : [...all, lapsed]
  } catch (error) {
    return [messageOf(error)]
  }
}
