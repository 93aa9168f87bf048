import { messageOf, PermanentError, TransientError } from '../../core/domain/errors.ts'
import { isLoopback } from '../../core/domain/loopback.ts'
import { SiteName } from '../../core/domain/site.ts'
import {
  type JobRequest,
  Label,
  type Outcome,
  type ProbeRequest,
  type ProbeResult,
  problemOf,
  type Submitter,
  sameForAll,
  type Target,
} from '../../core/domain/submitter.ts'
import { commandWay } from './commands.ts'
import { change, isId, look, statuses } from './jobs.ts'
import { restWay } from './rest.ts'
import { DiracOptions } from './schema.ts'
import { isOver } from './states.ts'
import type { Context, Way } from './way.ts'

/** `<kind>.<site>.<country>`, for example LCG.EXAMPLE.org; `ANY` and lists would let the job go elsewhere. */
const DIRAC_SITE = /^[A-Za-z][A-Za-z0-9_-]{0,30}\.[A-Za-z0-9][A-Za-z0-9_-]{0,50}\.[A-Za-z]{2,15}$/
const GIVEN_UP: Outcome<never> = { ok: false, transient: true, reason: 'the call was given up before anything was done' }
const NO_JOB: Outcome<never> = { ok: false, transient: false, reason: 'there is no such job' }

/** Sends jobs to the sites of a VO through its DIRAC. */
export const submitter: Submitter<DiracOptions> = {
  name: 'dirac',
  summary: "Sends each job to a site through the VO's DIRAC, by DiracX's REST interface or by DIRAC's commands",
  serviceTypes: ['DIRAC'],
  options: DiracOptions,
  through: ({ server }) => server,
  reaches: ({ sandboxStore }) => (sandboxStore === undefined ? [] : [sandboxStore]),
  submit,
  status: async (ids, ctx) => (ctx.signal.aborted ? sameForAll(ids, GIVEN_UP) : statuses(ids, ctx, wayOf(ctx))),
  find: async (label, ctx) => (Label.safeParse(label).success ? wayOf(ctx).find(label) : undefined),
  cancel: async (ids, ctx) => (ctx.signal.aborted ? sameForAll(ids, GIVEN_UP) : change(ids, wayOf(ctx), 'Killed')),
  output,
  clean: async (ids, ctx) => (ctx.signal.aborted ? sameForAll(ids, GIVEN_UP) : change(ids, wayOf(ctx), 'Deleted')),
  check: (ctx) => wayOf(ctx).check(),
  probe,
}

function wayOf(ctx: Context): Way {
  return ctx.options.way === 'rest' ? restWay(ctx) : commandWay(ctx)
}

async function submit(job: JobRequest, ctx: Context): Promise<Outcome<{ nativeId: string }>> {
  const problem = problemOf(job) ?? targetProblem(job, ctx)
  if (problem !== undefined) return { ok: false, transient: false, reason: problem }
  if (ctx.signal.aborted) return GIVEN_UP
  try {
    const way = wayOf(ctx)
    const known = await way.find(job.label)
    if (known !== undefined) return { ok: true, value: { nativeId: known } }
    const outcome = await way.submit(job)
    if (outcome.ok) ctx.log('job given to DIRAC', { label: job.label, site: job.voName, id: outcome.value.nativeId })
    return outcome
  } catch (error) {
    if (error instanceof PermanentError) return { ok: false, transient: false, reason: error.message }
    if (error instanceof TransientError) return { ok: false, transient: true, reason: error.message }
    throw error
  }
}

function targetProblem({ voName, endpoint }: Target, { options }: Context): string | undefined {
  if (voName === undefined) return 'the VO has no DIRAC name of this site: add it to sites.csv'
  if (!DIRAC_SITE.test(voName)) return 'not the name of a DIRAC site, such as LCG.EXAMPLE.org'
  const isOurs = URL.canParse(endpoint) && sameService(new URL(endpoint), new URL(options.server))
  return isOurs ? undefined : `jobs go through ${options.server} alone`
}

function sameService(one: URL, other: URL): boolean {
  return one.origin === other.origin && (one.protocol === 'https:' || isLoopback(one.hostname)) && one.username + one.password === ''
}

async function output(id: string, ctx: Context): Promise<Outcome<string>> {
  if (!isId(id)) return NO_JOB
  if (ctx.signal.aborted) return GIVEN_UP
  try {
    const way = wayOf(ctx)
    const found = (await look([id], way)).get(id)
    if (!found?.ok) return found ?? NO_JOB
    if (found.value === undefined) return NO_JOB
    if (!isOver(found.value)) return { ok: false, transient: true, reason: 'DIRAC brings the output when the job is over' }
    return await way.output(found.value)
  } catch (error) {
    return { ok: false, transient: !(error instanceof PermanentError), reason: messageOf(error) }
  }
}

async function probe(request: ProbeRequest, ctx: Context): Promise<ProbeResult> {
  const problem = SiteName.safeParse(request.site).success ? targetProblem(request, ctx) : 'not the name of a site'
  if (problem !== undefined) return { access: 'unknown', words: problem }
  if (ctx.signal.aborted) return { access: 'unknown', words: 'the call was given up before anything was asked' }
  try {
    return await wayOf(ctx).probe()
  } catch (error) {
    return { access: 'unknown', words: messageOf(error) }
  }
}
