import { messageOf, UnsureError } from '../../core/domain/errors.ts'
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
import { plainLine } from '../../core/domain/text.ts'
import { checkPlace } from './check.ts'
import { type Gatekeeper, gatekeeperOf, readNativeId } from './contact.ts'
import { cancelAll, cleanAll } from './end.ts'
import { readProbe } from './errors.ts'
import { statusOf } from './follow.ts'
import { outputOf } from './look.ts'
import { GlobusOptions } from './schema.ts'
import { submitTo } from './submit.ts'

type Context = SubmitterContext<GlobusOptions>

const NO_ADDRESS = 'not the contact of a gatekeeper, such as ce.site.example:2119/jobmanager-pbs'
const GIVEN_UP = 'the call was given up before anything was done'

/** Jobs through the gatekeepers and job managers of the Globus Toolkit and the Grid Community Toolkit. */
export const submitter: Submitter<GlobusOptions> = {
  name: 'globus',
  summary: 'Submits to a GRAM5 gatekeeper with globusrun and an X.509 proxy',
  // As GOCDB names them: https://wiki.egi.eu/wiki/GOCDB/Input_System_User_Documentation, "Service Types".
  serviceTypes: ['globus-GRAM5', 'org.globus.gram'],
  options: GlobusOptions,
  submit,
  status: statusOf,
  cancel: cancelAll,
  output,
  clean: cleanAll,
  check: checkPlace,
  probe,
}

async function submit(job: JobRequest, ctx: Context): Promise<Outcome<{ nativeId: string }>> {
  const gatekeeper = gatekeeperOf(job.endpoint, ctx.options.service)
  const problem = problemOf(job) ?? (gatekeeper === undefined ? NO_ADDRESS : undefined)
  if (problem !== undefined || gatekeeper === undefined) return { ok: false, transient: false, reason: problem ?? NO_ADDRESS }
  if (ctx.signal.aborted) return { ok: false, transient: true, reason: GIVEN_UP }
  return submitTo(gatekeeper, job, ctx)
}

async function output(id: string, ctx: Context): Promise<Outcome<string>> {
  const job = readNativeId(id)
  return job === undefined ? { ok: false, transient: false, reason: 'not an id of a GRAM5 job' } : outputOf(job, ctx)
}

async function probe(request: ProbeRequest, ctx: Context): Promise<ProbeResult> {
  const gatekeeper = gatekeeperOf(request.endpoint, ctx.options.service)
  if (gatekeeper === undefined || !SiteName.safeParse(request.site).success) return { access: 'unknown', words: NO_ADDRESS }
  if (ctx.signal.aborted) return { access: 'unknown', words: GIVEN_UP }
  try {
    return await authenticate(gatekeeper, ctx)
  } catch (error) {
    // Begun and never answered: the deadline ended it.
    return { access: error instanceof UnsureError ? 'unreachable' : 'unknown', words: plainLine(messageOf(error)) }
  }
}

async function authenticate({ address, service }: Gatekeeper, ctx: Context): Promise<ProbeResult> {
  const ran = await ctx.run(['globusrun', '-a', '-r', `${address}/${service}`], { timeoutMs: ctx.options.callSeconds * 1_000 })
  return readProbe(ran)
}
