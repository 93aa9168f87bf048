import { GIVEN_UP } from '../../core/domain/bulk.ts'
import { messageOf, PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import { isVoName, joinStreams } from '../../core/domain/job-text.ts'
import type { Ran } from '../../core/domain/reach.ts'
import { type JobRequest, type JobStatus, Label, type Outcome, problemOf, type Submitter } from '../../core/domain/submitter.ts'
import { cancelledIn, isNoMatch, statesIn, submissionOf, textOf } from './answers.ts'
import { type Context, command, perServer } from './calls.ts'
import { faultOf, isUnknownJob } from './faults.ts'
import { describe, TAG } from './jdl.ts'
import { fetchOutput, output } from './output.ts'
import { WmsOptions } from './schema.ts'
import { ceIdOf, isOurServer, serverOfId } from './target.ts'

const DONE: Outcome<null> = { ok: true, value: null }
const NO_ID: Outcome<never> = { ok: false, transient: false, reason: 'not an id of a WMS job' }
const STRANGER: Outcome<JobStatus> = { ok: true, value: { state: 'missing', native: 'not an id of a WMS job' } }
const OVER = new Set(['ended', 'failed', 'cancelled'])
const MAX_LIST_BYTES = 4 * 1024 * 1024
const COMMANDS = ['glite-wms-job-submit', 'glite-wms-job-status', 'glite-wms-job-cancel', 'glite-wms-job-output']

/** Sends jobs through a gLite Workload Management System to one computing element, with the commands of its user interface. */
export const submitter: Submitter<WmsOptions> = {
  name: 'glite-wms',
  summary: "Sends jobs through a VO's gLite WMS to a site's computing element, with the glite-wms-* commands",
  // GOCDB's names of the computing elements that a WMS sends jobs to.
  serviceTypes: ['CREAM-CE', 'gLite-CE', 'CE'],
  options: WmsOptions,
  reaches: ({ server, lb }) => [server, ...lb],
  submit,
  status: (ids, ctx) => perServer({ ids, ctx, hostile: STRANGER }, (chunk) => ask(chunk, ctx)),
  find,
  cancel: (ids, ctx) => perServer({ ids, ctx, hostile: NO_ID }, (chunk) => cancel(chunk, ctx)),
  clean: (ids, ctx) => perServer({ ids, ctx, hostile: NO_ID }, (chunk) => cleanAll(chunk, ctx)),
  output,
  check,
}

async function submit(job: JobRequest, ctx: Context): Promise<Outcome<{ nativeId: string }>> {
  if (ctx.signal.aborted) throw new TransientError(GIVEN_UP)
  const problem = problemOf(job) ?? (isVoName(job.vo) ? undefined : 'not the name of a VO')
  if (problem !== undefined) return { ok: false, transient: false, reason: problem }
  const element = ceIdOf(job, ctx.options)
  if (!element.ok) return element
  const before = await find(job.label, ctx)
  if (before !== undefined) return { ok: true, value: { nativeId: before } }
  return ctx.withFiles({ 'job.sh': joinStreams(job.script) }, (scripts) =>
    ctx.withFiles({ 'job.jdl': describe(job, `${scripts}/job.sh`) }, async (folder) => {
      const how = ['--noint', '-a', '--endpoint', ctx.options.server, '-r', element.value]
      return submissionOf(await command(ctx, ['glite-wms-job-submit', ...how, `${folder}/job.jdl`]), ctx.options)
    }),
  )
}

/** Asks the bookkeeping for the tag, among the jobs of this identity. */
async function find(label: string, ctx: Context): Promise<string | undefined> {
  if (!Label.safeParse(label).success) return undefined
  const ran = await queryByTag(label, ctx)
  const [id, ...others] = statesIn(ran).keys()
  if (others.length > 0 || (id !== undefined && !isOurServer(serverOfId(id), ctx.options)))
    throw new UnsureError(`more than one job, or one of another server, has the label ${label}: ${[id, ...others].join(', ')}`)
  if (id !== undefined || (!ran.isCut && isNoMatch(textOf(ran), ctx.options))) return id
  const { kind, words } = faultOf(textOf(ran))
  const message = `the bookkeeping did not tell whether there is a job ${label}: ${words}`
  throw kind === 'denied' ? new PermanentError(message) : new TransientError(message)
}

async function queryByTag(label: string, ctx: Context): Promise<Ran> {
  const vo = ctx.identity?.vo?.name ?? ''
  const query = ['--all', '--user-tag', `${TAG}=${label}`, ...(isVoName(vo) ? ['--vo', vo] : [])]
  try {
    return await command(ctx, ['glite-wms-job-status', '--noint', '--verbosity', '1', ...query], { maxBytes: MAX_LIST_BYTES })
  } catch (error) {
    throw error instanceof UnsureError ? new TransientError(`the bookkeeping did not answer: ${error.message}`) : error
  }
}

async function ask(ids: string[], ctx: Context): Promise<Map<string, Outcome<JobStatus>>> {
  const ran = await command(ctx, ['glite-wms-job-status', '--noint', '--verbosity', '1', ...ids], { maxBytes: MAX_LIST_BYTES })
  const found = statesIn(ran)
  const answers = new Map<string, Outcome<JobStatus>>()
  for (const id of ids) {
    const told = found.get(id)
    // The errors of a call for several jobs do not tell of which they are.
    if (told !== undefined && told !== 'twice') answers.set(id, { ok: true, value: told })
    else answers.set(id, ids.length === 1 ? unanswered(ran) : ((await ask([id], ctx)).get(id) ?? unanswered(ran)))
    if (told !== undefined && told !== 'twice' && told.state === 'unknown')
      ctx.log('a state that is not known', { id, native: told.native })
  }
  return answers
}

function unanswered(ran: Ran): Outcome<JobStatus> {
  const text = textOf(ran)
  if (isUnknownJob(text) && !ran.isCut) return { ok: true, value: { state: 'missing', native: 'no matching jobs found' } }
  const { kind, words } = faultOf(text)
  return { ok: false, transient: kind !== 'denied', reason: words || `exit code ${ran.code}` }
}

async function cancel(ids: string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  const ran = await command(ctx, ['glite-wms-job-cancel', '--noint', ...ids])
  const cancelled = cancelledIn(ran.out)
  const others = ids.filter((id) => !cancelled.has(id))
  const states = others.length === 0 ? new Map<string, Outcome<JobStatus>>() : await ask(others, ctx)
  return new Map(ids.map((id) => [id, cancelled.has(id) ? DONE : notCancelled(ran, states.get(id))]))
}

/** A job that is over cannot be cancelled, and that is as wished; one that is unknown is not. */
function notCancelled(ran: Ran, now: Outcome<JobStatus> | undefined): Outcome<null> {
  const { kind, words: reason } = faultOf(textOf(ran))
  if (now?.ok && OVER.has(now.value.state)) return DONE
  const isUnknown = now?.ok === true && now.value.state === 'missing'
  return { ok: false, transient: !isUnknown && kind !== 'denied', reason: reason || `exit code ${ran.code}` }
}

async function cleanAll(ids: string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  const answers = new Map<string, Outcome<null>>()
  for (const id of ids) answers.set(id, await cleanOne(id, ctx))
  return answers
}

/** Fetching the output for the last time is what purges a job; those that were cancelled are purged by the WMS itself. */
async function cleanOne(id: string, ctx: Context): Promise<Outcome<null>> {
  const ran = await ctx.withFiles({}, (folder) => fetchOutput(id, ctx, { folder, isLast: true }))
  const now = (await ask([id], ctx)).get(id)
  if (now?.ok && (now.value.state === 'missing' || now.value.state === 'cancelled')) return DONE
  return { ok: false, transient: true, reason: faultOf(textOf(ran)).words || 'the job still runs: cancel it first' }
}

async function check(ctx: Context): Promise<string[]> {
  const problems: string[] = []
  for (const name of COMMANDS)
    await command(ctx, [name, '--version']).catch((error) => {
      const advice = error instanceof PermanentError ? 'install the gLite user interface, or name a user-interface host' : 'try again'
      problems.push(`${name}: ${messageOf(error)}: ${advice}`)
    })
  const { identity } = ctx
  if (identity !== undefined && [identity, ...Object.values(identity.on)].every(({ proxyFile }) => proxyFile === undefined))
    problems.push(`identities.yaml names no proxyFile for ${identity.subject}: a WMS takes nothing but a proxy with VOMS attributes`)
  return problems
}
