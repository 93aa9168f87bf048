import { constants } from 'node:fs'
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, TransientError, UnsureError } from '../../core/domain/errors.ts'
import {
  type JobRequest,
  type JobStatus,
  Label,
  MAX_OUTPUT_BYTES,
  type Outcome,
  problemOf,
  type Submitter,
} from '../../core/domain/submitter.ts'
import { ask, type Context, failure, GIVEN_UP, programText, runOn, wordsOf } from './host.ts'
import { hostOf, jobOf, nativeId } from './place.ts'
import { probe } from './probe.ts'
import { SshOptions } from './schema.ts'
import { statusOf } from './states.ts'

const NO_SUCH_JOB: Outcome<never> = { ok: false, transient: false, reason: 'there is no such job' }
const NO_FOLDER = 44

/** Runs each job as a process on a site's host, reached by ssh with the identity's own account and key. */
export const submitter: Submitter<SshOptions> = {
  name: 'ssh',
  summary: "Runs each job as a detached process on a site's host, reached by ssh with the identity's account",
  idempotent: true,
  // No GOCDB type of its own: sites.csv names the hosts by this word.
  serviceTypes: ['ssh'],
  options: SshOptions,
  submit,
  status,
  find,
  cancel,
  output,
  clean,
  check,
  probe,
}

async function submit(job: JobRequest, ctx: Context): Promise<Outcome<{ nativeId: string }>> {
  const host = hostOf(job.endpoint)
  const problem = problemOf(job) ?? (host === undefined ? 'not an endpoint for ssh, such as ssh://login.site.example:22' : undefined)
  if (problem !== undefined || host === undefined) return { ok: false, transient: false, reason: problem ?? '' }
  if (ctx.signal.aborted) return { ok: false, transient: true, reason: GIVEN_UP }
  const id = nativeId({ host, label: job.label })
  try {
    await remember(ctx, job.label, id)
    const files = { 'script.sh': job.script, 'remote.sh': await programText() }
    const { out, err } = await ctx.at(`ssh://${host}`).withFiles(files, (folder) => runOn(ctx, host, ['submit', job.label, folder]))
    return begun(out, err, { id, label: job.label })
  } catch (error) {
    // It may have begun; the same label begins nothing twice.
    if (error instanceof UnsureError) throw error
    return failure(error)
  }
}

function begun(out: string, err: string, { id, label }: { id: string; label: string }): Outcome<{ nativeId: string }> {
  const lacking = /^ssc-lacking( [ -~]{1,200})$/m.exec(out)?.[1]
  if (lacking !== undefined) return { ok: false, transient: false, reason: `the host lacks${lacking}` }
  const words = wordsOf(out).get(label)
  if (words !== undefined && words !== 'waiting' && words !== 'missing') return { ok: true, value: { nativeId: id } }
  // Not seen to start is no harm: a repeated submit starts no second one.
  return { ok: false, transient: true, reason: `the job was not seen to start: ${(err || out).slice(0, 300)}` }
}

/** The label alone does not say at which host it was tried. */
async function remember(ctx: Context, label: string, id: string): Promise<void> {
  await mkdir(ctx.folder, { recursive: true, mode: 0o700 })
  await writeFile(join(ctx.folder, label), id, { mode: 0o600 })
}

/** Another process may have sent it, whose notes are not ours. */
function idOfCall(label: string, { endpoints }: Context): string | undefined {
  const host = endpoints.map(hostOf).find((one) => one !== undefined)
  return host === undefined ? undefined : nativeId({ host, label })
}

async function find(label: string, ctx: Context): Promise<string | undefined> {
  if (!Label.safeParse(label).success) return undefined
  const id = (await readFile(join(ctx.folder, label), 'utf8').catch(() => undefined)) ?? idOfCall(label, ctx)
  if (id === undefined) return undefined
  const answer = (await ask(ctx, [id], ['status'])).get(id)
  if (answer === undefined) return undefined
  if (!answer.ok) throw new TransientError(answer.reason)
  return /^(missing|waiting)/.test(answer.value) ? undefined : id
}

async function status(ids: readonly string[], ctx: Context): Promise<Map<string, Outcome<JobStatus>>> {
  const answers = await ask(ctx, ids, ['status'])
  // What we never gave out is nowhere.
  return new Map(ids.map((id) => [id, read(answers.get(id) ?? { ok: true, value: 'missing' }, id, ctx)]))
}

function read(answer: Outcome<string>, id: string, ctx: Context): Outcome<JobStatus> {
  if (!answer.ok) return answer
  const value = statusOf(answer.value)
  if (value.state === 'unknown') ctx.log('a host told an unknown state', { id, words: answer.value })
  return { ok: true, value }
}

/** Asks with SIGTERM, kills after the grace; a job that has ended is left as it is. */
async function cancel(ids: readonly string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  const answers = await ask(ctx, ids, ['cancel', String(Math.ceil(ctx.options.graceMs / 100))])
  return new Map(ids.map((id) => [id, over(answers.get(id), 'the job still runs after SIGKILL')]))
}

/** Forgets jobs that are over; one that is gone already is as wished. */
async function clean(ids: readonly string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  const answers = await ask(ctx, ids, ['clean'])
  for (const [id, answer] of answers)
    if (answer.ok && answer.value === 'missing') await rm(join(ctx.folder, jobOf(id)?.label ?? ''), { force: true })
  return new Map(
    ids.map((id) => {
      const answer = answers.get(id)
      const isGone = answer?.ok && answer.value === 'missing'
      return [id, isGone ? { ok: true, value: null } : over(answer, 'the job still runs: cancel it first')]
    }),
  )
}

function over(answer: Outcome<string> | undefined, running: string): Outcome<null> {
  if (answer === undefined) return NO_SUCH_JOB
  if (!answer.ok) return answer
  if (answer.value === 'missing') return NO_SUCH_JOB
  return answer.value.startsWith('running') ? { ok: false, transient: true, reason: running } : { ok: true, value: null }
}

async function output(id: string, ctx: Context): Promise<Outcome<string>> {
  const job = jobOf(id)
  if (job === undefined) return NO_SUCH_JOB
  try {
    const { code, out, err } = await runOn(ctx, job.host, ['output', job.label, String(MAX_OUTPUT_BYTES)])
    if (code === NO_FOLDER) return NO_SUCH_JOB
    if (code !== 0) return { ok: false, transient: true, reason: `the output could not be read: ${err.slice(0, 300)}` }
    const bytes = Buffer.from(out)
    // What is no text became longer: three bytes for each of its own.
    return { ok: true, value: bytes.length > MAX_OUTPUT_BYTES ? bytes.toString('utf8', 0, MAX_OUTPUT_BYTES - 3) : out }
  } catch (error) {
    return failure(error)
  }
}

async function check({ identity }: Context): Promise<string[]> {
  if (identity?.ssh === undefined) return ['identities.yaml names no ssh account and key for this identity: add them below ssh']
  const { keyFile } = identity.ssh
  return access(keyFile, constants.R_OK).then(
    () => [],
    (error) => [`the ssh key ${keyFile} cannot be read (${messageOf(error)}): make it readable for this account alone`],
  )
}
