import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, link, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '../../core/domain/errors.ts'
import { SiteName } from '../../core/domain/site.ts'
import {
  type JobRequest,
  type Outcome,
  type ProbeRequest,
  type ProbeResult,
  problemOf,
  type Submitter,
  type SubmitterContext,
} from '../../core/domain/submitter.ts'
import { isMissing, jobFolder, makeFolder, readSome, writeOnce } from './files.ts'
import { cancelJob, cleanJob, isStarted, outputOf, statusOf, waitFor } from './job.ts'
import { spawnLauncher } from './process.ts'
import { LocalOptions } from './schema.ts'

type Context = SubmitterContext<LocalOptions>

const GIVEN_UP = 'the call was given up before anything was done'
const ABORTED: Outcome<never> = { ok: false, transient: true, reason: GIVEN_UP }
const MAX_BAN_LIST_BYTES = 1024 * 1024

/** Runs jobs on this machine in place of a site's own job system. */
export const submitter: Submitter<LocalOptions> = {
  name: 'local',
  summary: 'Runs each job as a process on this machine; stands in for every site of a rehearsal',
  local: true,
  idempotent: true,
  // GOCDB's computing services: https://wiki.egi.eu/wiki/GOCDB/Input_System_User_Documentation, "Service Types".
  serviceTypes: [
    'CREAM-CE',
    'ARC-CE',
    'org.nordugrid.arex',
    'org.opensciencegrid.htcondorce',
    'globus-GRAM5',
    'org.globus.gram',
    'gLite-WMS',
  ],
  options: LocalOptions,
  submit,
  status: (ids, ctx) => each(ids, ctx, async (id) => ({ ok: true, value: await statusOf(ctx.folder, id) })),
  find: async (label, ctx) => (isStarted(ctx.folder, label) ? label : undefined),
  cancel: (ids, ctx) => each(ids, ctx, (id) => cancelJob(ctx.folder, id, { graceMs: ctx.options.graceMs, signal: ctx.signal })),
  output: async (id, ctx) => (await each([id], ctx, () => outputOf(ctx.folder, id))).get(id) ?? ABORTED,
  clean: (ids, ctx) => each(ids, ctx, (id) => cleanJob(ctx.folder, id)),
  check,
  probe,
}

async function submit(job: JobRequest, ctx: Context): Promise<Outcome<{ nativeId: string }>> {
  if (ctx.signal.aborted) return ABORTED
  const problem = problemOf(job)
  if (problem !== undefined) return { ok: false, transient: false, reason: problem }
  // A job that runs already is told of, though its identity be banned by now.
  if (isStarted(ctx.folder, job.label)) return { ok: true, value: { nativeId: job.label } }
  try {
    const { access, words } = await probe(job, ctx)
    if (access === 'refused') return { ok: false, transient: false, reason: words }
    if (access !== 'accepted') return { ok: false, transient: true, reason: words }
    return await start(job, ctx)
  } catch (error) {
    return { ok: false, transient: true, reason: messageOf(error) }
  }
}

/** Safe to repeat at any point: only the launcher that makes the file `started` runs the job. */
async function start(job: JobRequest, ctx: Context): Promise<Outcome<{ nativeId: string }>> {
  const folder = jobFolder(ctx.folder, job.label)
  await makeFolder(folder)
  await writeOnce(folder, 'script.sh', job.script)
  await spawnLauncher(folder, job.label)
  ctx.log('job started on this machine', { label: job.label, site: job.site })
  const begun = await waitFor(() => isStarted(ctx.folder, job.label), 10_000, ctx.signal)
  // Not seen to start is no harm: a repeated submit starts no second one.
  return begun ? { ok: true, value: { nativeId: job.label } } : { ok: false, transient: true, reason: 'the job was not seen to start' }
}

/** A simulated site bans an identity by a line in its ban list. */
async function probe(request: ProbeRequest, ctx: Context): Promise<ProbeResult> {
  if (ctx.signal.aborted) return { access: 'unknown', words: GIVEN_UP }
  if (!SiteName.safeParse(request.site).success) return { access: 'unknown', words: 'not the name of a site' }
  try {
    const list = (await readSome(join(ctx.folder, 'sites', request.site, 'banned'), MAX_BAN_LIST_BYTES)) ?? ''
    const isBanned = list.split('\n').some((line) => line.trim() === request.identity.trim())
    if (isBanned) return { access: 'refused', words: `identity is on the ban list of ${request.site}` }
    return { access: 'accepted', words: `identity is not on the ban list of ${request.site}` }
  } catch (error) {
    return { access: 'unknown', words: messageOf(error) }
  }
}

/** One answer for each id, and a failure of one is not the others'. */
async function each<T>(ids: readonly string[], ctx: Context, ask: (id: string) => Promise<Outcome<T>>): Promise<Map<string, Outcome<T>>> {
  const answers = ids.map(async (id): Promise<[string, Outcome<T>]> => {
    if (ctx.signal.aborted) return [id, ABORTED]
    try {
      return [id, await ask(id)]
    } catch (error) {
      return [id, { ok: false, transient: true, reason: messageOf(error) }]
    }
  })
  return new Map(await Promise.all(answers))
}

async function check(ctx: Context): Promise<string[]> {
  const problems: string[] = []
  for (const tool of ['mkdir', 'ln', 'mv', 'cat', 'sha256sum']) {
    const found = await promisify(execFile)('/bin/sh', ['-c', 'command -v "$1"', 'sh', tool], { timeout: 5_000 }).catch(() => undefined)
    if (!found) problems.push(`${tool} is missing: install coreutils, and see that /bin/sh works`)
  }
  const problem = await folderProblem(ctx.folder)
  return problem === undefined ? problems : [...problems, problem]
}

/** The folder must take files and hard links, which keep a job from starting twice. */
async function folderProblem(folder: string): Promise<string | undefined> {
  const draft = join(folder, `.check-${process.pid}`)
  try {
    await makeFolder(folder)
    await access(folder, constants.W_OK | constants.X_OK)
    await writeFile(draft, '', { mode: 0o600 })
    await link(draft, `${draft}-link`)
    return undefined
  } catch (error) {
    const advice = isMissing(error) ? 'make it' : 'make it writable, on a file system with hard links'
    return `the folder ${folder} cannot be used (${messageOf(error)}): ${advice}`
  } finally {
    await Promise.all([draft, `${draft}-link`].map((file) => rm(file, { force: true }).catch(() => undefined)))
  }
}
