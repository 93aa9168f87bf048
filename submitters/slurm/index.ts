import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { messageOf, TransientError } from '../../core/domain/errors.ts'
import { type JobStatus, MAX_OUTPUT_BYTES, type Outcome, type Submitter } from '../../core/domain/submitter.ts'
import { readAnswer, statusIn, wordsOf } from './answer.ts'
import { readNativeId } from './endpoint.ts'
import { type Context, callLogin, complaintOf, inChunks, MISSING } from './login.ts'
import { probe } from './probe.ts'
import { SlurmOptions } from './schema.ts'
import { find, submit } from './submit.ts'

const DONE: Outcome<null> = { ok: true, value: null }

/** Sends jobs to a slurm cluster, mostly through a login host. */
export const submitter: Submitter<SlurmOptions> = {
  name: 'slurm',
  summary: "Sends jobs to a cluster's slurm by its own commands, on a login host reached by ssh or where commands run",
  // GOCDB knows no such service: sites.csv gives the endpoint.
  serviceTypes: ['SLURM', 'slurm'],
  options: SlurmOptions,
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

async function status(ids: readonly string[], ctx: Context): Promise<Map<string, Outcome<JobStatus>>> {
  const stranger: Outcome<JobStatus> = { ok: true, value: { state: 'missing', native: 'not an id of this system' } }
  return inChunks({ ids, ctx, stranger }, async (host, chunk) => {
    const ran = await callLogin(ctx, host, { verb: 'status', args: chunk })
    const answer = readAnswer(ran.out)
    if (answer === undefined) throw new TransientError(complaintOf({ ...ran, out: '' }))
    return (id) => heard(statusIn(answer, id), ctx)
  })
}

function heard(outcome: Outcome<JobStatus>, ctx: Context): Outcome<JobStatus> {
  if (outcome.ok && outcome.value.state === 'unknown')
    ctx.log('slurm gave a state that is not in the table', { word: outcome.value.native })
  return outcome
}

async function cancel(ids: readonly string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  return inChunks<null>({ ids, ctx, stranger: MISSING }, async (host, chunk) => {
    const ran = await callLogin(ctx, host, { verb: 'cancel', args: chunk })
    const words = new Map(
      [...ran.out.matchAll(/^(none|over|cancelled|failed) (\d{1,10})(.*)$/gm)].map(([, word, id, more]) => [id, [word, more]]),
    )
    return (id) => cancellationOf(words.get(id), complaintOf({ ...ran, out: '' }))
  })
}

function cancellationOf([word, more]: readonly (string | undefined)[] = [], complaint: string): Outcome<null> {
  if (word === 'cancelled' || word === 'over') return DONE
  if (word === 'none') return MISSING
  const reason = wordsOf(more ?? '') || complaint
  return { ok: false, transient: !/permission denied/i.test(reason), reason }
}

async function output(nativeId: string, ctx: Context): Promise<Outcome<string>> {
  const read = readNativeId(nativeId, ctx.options)
  if (read === undefined) return MISSING
  try {
    const ran = await callLogin(ctx, read.host, { verb: 'output', args: [read.id, String(MAX_OUTPUT_BYTES)] })
    if (ran.code === 0) return { ok: true, value: within(ran.out) }
    return ran.code === 4 ? MISSING : { ok: false, transient: true, reason: complaintOf({ ...ran, out: '' }) }
  } catch (error) {
    return { ok: false, transient: true, reason: messageOf(error) }
  }
}

/** A character that was cut in two is read as another one, which is longer. */
function within(text: string): string {
  return Buffer.byteLength(text) <= MAX_OUTPUT_BYTES
    ? text
    : Buffer.from(text)
        .subarray(0, MAX_OUTPUT_BYTES - 3)
        .toString('utf8')
}

/** A job that is over, or that nobody knows any more, loses its folder. */
async function clean(ids: readonly string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  return inChunks<null>({ ids, ctx, stranger: DONE }, async (host, chunk) => {
    const asked = readAnswer((await callLogin(ctx, host, { verb: 'status', args: chunk })).out)
    if (asked === undefined) throw new TransientError('slurm did not say whether the jobs are over')
    const fates = new Map(chunk.map((id) => [id, cleanable(statusIn(asked, id))]))
    const over = chunk.filter((id) => fates.get(id)?.ok)
    const ran = await callLogin(ctx, host, { verb: 'clean', args: over })
    if (!ran.out.endsWith('end\n')) throw new TransientError(complaintOf(ran))
    return (id) => fates.get(id) ?? MISSING
  })
}

function cleanable(status: Outcome<JobStatus>): Outcome<null> {
  if (!status.ok) return status
  if (['ended', 'failed', 'cancelled', 'missing'].includes(status.value.state)) return DONE
  return { ok: false, transient: true, reason: `the job is not over (${status.value.native}): cancel it first` }
}

async function check(ctx: Context): Promise<string[]> {
  if (ctx.options.over === 'ssh') return checkAccount(ctx)
  try {
    const ran = await callLogin(ctx, '', { verb: 'check', args: [] })
    const problems = ran.out.split('\n').flatMap((line) => (line.startsWith('problem ') ? [wordsOf(line.slice(8))] : []))
    return ran.out.endsWith('end\n') ? problems : [...problems, complaintOf(ran)]
  } catch (error) {
    return [messageOf(error)]
  }
}

/** The hosts are the sites': a probe of a site asks them. */
async function checkAccount({ identity }: Context): Promise<string[]> {
  if (identity?.ssh === undefined) return ['the identity has no ssh account: name user and keyFile below ssh in identities.yaml']
  const problem = await access(identity.ssh.keyFile, constants.R_OK).catch((error: unknown) => messageOf(error))
  return problem === undefined ? [] : [`the ssh key of the identity cannot be read (${problem}): see its place and mode`]
}
