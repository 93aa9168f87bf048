import { failure, GIVEN_UP } from '../../core/domain/bulk.ts'
import { messageOf, PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import { boundedOutput, isVoName, joinStreams, MAX_BLOCKS } from '../../core/domain/job-text.ts'
import { SiteName } from '../../core/domain/site.ts'
import {
  type JobRequest,
  type JobStatus,
  MAX_OUTPUT_BYTES,
  type Outcome,
  type ProbeRequest,
  type ProbeResult,
  problemOf,
  type Submitter,
} from '../../core/domain/submitter.ts'
import { refusalsIn, statesIn, submissionOf, textOf } from './answers.ts'
import { type Context, command, failed, perElement } from './calls.ts'
import { faultOf, shorten } from './faults.ts'
import { describe, OUTPUT_FILE } from './jdl.ts'
import { findLabel, noteElement } from './labels.ts'
import { CreamOptions } from './schema.ts'
import { ceIdOf, elementOf, isJobId, numberOf } from './target.ts'

const DONE: Outcome<null> = { ok: true, value: null }
const NO_ID: Outcome<never> = { ok: false, transient: false, reason: 'not an id of a CREAM job' }
const STRANGER: Outcome<JobStatus> = { ok: true, value: { state: 'missing', native: 'not an id of a CREAM job' } }
const CUT: Outcome<never> = { ok: false, transient: true, reason: 'the answer was too long' }
const OVER = new Set(['ended', 'failed', 'cancelled', 'missing'])

/** `glite-ce-*`: the options are written out, because `-n` and `-N` change places from one of the commands to the next. */
const COMMANDS = ['job-submit', 'job-status', 'job-cancel', 'job-purge', 'job-output', 'allowed-submission'].map(
  (name) => `glite-ce-${name}`,
)

/** Sends jobs to a CREAM computing element with the commands of its client. */
export const submitter: Submitter<CreamOptions> = {
  name: 'cream',
  summary: "Sends jobs straight to a site's CREAM computing element, with the glite-ce-* commands",
  serviceTypes: ['CREAM-CE'],
  options: CreamOptions,
  submit,
  status: (ids, ctx) => perElement({ ids, ctx, hostile: STRANGER }, (chunk) => ask(chunk, ctx)),
  cancel: (ids, ctx) => perElement({ ids, ctx, hostile: NO_ID }, (chunk) => cancel(chunk, ctx)),
  clean: (ids, ctx) => perElement({ ids, ctx, hostile: NO_ID }, (chunk) => purge(chunk, ctx)),
  find: findLabel,
  output,
  check,
  probe,
}

async function submit(job: JobRequest, ctx: Context): Promise<Outcome<{ nativeId: string }>> {
  if (ctx.signal.aborted) throw new TransientError(GIVEN_UP)
  const problem = problemOf(job) ?? (isVoName(job.vo) ? undefined : 'not the name of a VO')
  if (problem !== undefined) return { ok: false, transient: false, reason: problem }
  const element = ceIdOf(job, ctx.options)
  if (!element.ok) return element
  const { host, ceId } = element.value
  const before = await findLabel(job.label, ctx)
  if (before !== undefined) return { ok: true, value: { nativeId: before } }
  await noteElement(ctx, job.label, ceId)
  return ctx.withFiles({ 'job.sh': joinStreams(job.script) }, (scripts) =>
    ctx.withFiles({ 'job.jdl': describe(job, `${scripts}/job.sh`) }, async (folder) => {
      // Without --nomsg: it would hide why a description was refused.
      const ran = await command(ctx, ['glite-ce-job-submit', '--noint', '--autm-delegation', '--resource', ceId, `${folder}/job.jdl`])
      return submissionOf(ran, host)
    }),
  )
}

async function ask(ids: string[], ctx: Context): Promise<Map<string, Outcome<JobStatus>>> {
  const ran = await command(ctx, ['glite-ce-job-status', '--level', '0', ...ids])
  const found = statesIn(ran)
  const absent: Outcome<JobStatus> = ran.isCut ? CUT : { ok: true, value: { state: 'missing', native: 'not in the answer' } }
  // The service names also the jobs that it does not know: an answer without any is none.
  const unread = found.size === 0 || ran.code !== 0
  const answers = ids.map((id) => [id, found.get(numberOf(id)) ?? (unread ? failed(ran) : absent)] as const)
  for (const [id, answer] of answers)
    if (answer.ok && answer.value.state === 'unknown') ctx.log('a state that is not known', { id, native: answer.value.native })
  return new Map(answers)
}

async function cancel(ids: string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  const ran = await command(ctx, ['glite-ce-job-cancel', '--noint', ...ids])
  if (ran.code !== 0 || ran.isCut) return new Map(ids.map((id) => [id, ran.isCut ? CUT : failed(ran)]))
  const refusals = refusalsIn(ran.out)
  const refused = ids.filter((id) => refusals.has(numberOf(id)))
  const states = refused.length === 0 ? new Map<string, Outcome<JobStatus>>() : await ask(refused, ctx)
  return new Map(ids.map((id) => [id, cancellation(refusals.get(numberOf(id)), states.get(id))]))
}

/** A job that is over cannot be cancelled, and that is as wished; one that is unknown is not. */
function cancellation(refusal: string | undefined, now: Outcome<JobStatus> | undefined): Outcome<null> {
  if (refusal === undefined) return DONE
  if (now?.ok && now.value.state === 'missing') return { ok: false, transient: false, reason: refusal }
  return now?.ok && OVER.has(now.value.state) ? DONE : { ok: false, transient: true, reason: refusal }
}

async function purge(ids: string[], ctx: Context): Promise<Map<string, Outcome<null>>> {
  const ran = await command(ctx, ['glite-ce-job-purge', '--noint', ...ids])
  if (ran.code !== 0 || ran.isCut) return new Map(ids.map((id) => [id, ran.isCut ? CUT : failed(ran)]))
  const refusals = refusalsIn(ran.out)
  return new Map(
    ids.map((id) => {
      const reason = refusals.get(numberOf(id))
      return [id, reason === undefined || /not been found/i.test(reason) ? DONE : { ok: false, transient: true, reason }]
    }),
  )
}

/** The files come by GridFTP into a folder that is named after the id; the command ends with 0 whatever happened. */
async function output(id: string, ctx: Context): Promise<Outcome<string>> {
  if (!isJobId(id)) return NO_ID
  if (ctx.signal.aborted) return failure(GIVEN_UP)
  try {
    return await ctx.withFiles({}, async (folder) => {
      const fetch = ['glite-ce-job-output', '--noint', '--dir', folder, id]
      // A computing element could send a file without end.
      const ran = await command(ctx, ['sh', '-c', `ulimit -f ${MAX_BLOCKS}; exec "$@"`, 'sh', ...fetch])
      const file = `${folder}/${id.replace('https://', '').replaceAll(/[/:]/g, '_')}/${OUTPUT_FILE}`
      const read = await command(ctx, ['head', '-c', String(MAX_OUTPUT_BYTES), file], MAX_OUTPUT_BYTES)
      if (read.code === 0) return { ok: true, value: boundedOutput(read.out) }
      const { kind, words } = faultOf(textOf(ran))
      const isGone = /doe(?:st|s) not exist/i.test(words) || kind === 'denied'
      return { ok: false, transient: !isGone, reason: words || 'there is no output yet: the service hands it out when the job is over' }
    })
  } catch (error) {
    return failure(error)
  }
}

/** Asks for the service's own information, as this identity: submission may be enabled, or disabled for everybody. */
async function probe(request: ProbeRequest, ctx: Context): Promise<ProbeResult> {
  const unknown = (words: string): ProbeResult => ({ access: 'unknown', words })
  if (!SiteName.safeParse(request.site).success) return unknown('not the name of a site')
  const element = elementOf(request.endpoint, ctx.options)
  if (element === undefined || !isVoName(request.vo)) return unknown('not a CREAM computing element and a VO')
  try {
    if (ctx.signal.aborted) return unknown(GIVEN_UP)
    const ran = await command(ctx, ['glite-ce-allowed-submission', element.address])
    if (ran.code === 0 && /^Job Submission to this CREAM CE is enabled$/m.test(ran.out))
      return { access: 'accepted', words: shorten(ran.out) }
    const { kind, words } = faultOf(textOf(ran))
    if (kind === 'denied') return { access: 'refused', words }
    return { access: kind === 'unreachable' || kind === 'lost' ? 'unreachable' : 'unknown', words: words || `exit code ${ran.code}` }
  } catch (error) {
    return error instanceof UnsureError ? { access: 'unreachable', words: messageOf(error) } : unknown(messageOf(error))
  }
}

async function check(ctx: Context): Promise<string[]> {
  const problems: string[] = []
  for (const name of COMMANDS)
    await command(ctx, [name, '--version']).catch((error) => {
      const advice =
        error instanceof PermanentError ? 'install the CREAM client (glite-ce-cream-cli), or name a user-interface host' : 'try again'
      problems.push(`${name}: ${messageOf(error)}: ${advice}`)
    })
  const { identity } = ctx
  if (identity !== undefined && [identity, ...Object.values(identity.on)].every(({ proxyFile }) => proxyFile === undefined))
    problems.push(`identities.yaml names no proxyFile for ${identity.subject}: CREAM takes nothing but a proxy with VOMS attributes`)
  return problems
}
