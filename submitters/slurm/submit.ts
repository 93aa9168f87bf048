import { messageOf, UnsureError } from '../../core/domain/errors.ts'
import { type JobRequest, Label, type Outcome, problemOf } from '../../core/domain/submitter.ts'
import { type Cluster, nativeIdOf, readEndpoint, readNativeId } from './endpoint.ts'
import { type Context, callLogin, complaintOf, GIVEN_UP, partOf } from './login.ts'
import { hostOfLabel, rememberHost } from './memory.ts'

/** Refusals that pass: nothing was started, and later it may go. */
const PASSING = /unable to contact|connect failure|not responding|temporarily|job queue full|too many|limit.* reached/i

export async function submit(job: JobRequest, ctx: Context): Promise<Outcome<{ nativeId: string }>> {
  if (ctx.signal.aborted) return GIVEN_UP
  const problem = problemOf(job)
  if (problem !== undefined) return no(problem)
  const cluster = readEndpoint(job.endpoint, ctx.options)
  if (cluster === undefined) return no('not an endpoint of slurm, such as ssh://login.site.example:22/partition')
  const before = await hostOfLabel(ctx.folder, job.label)
  if (before !== undefined && before !== cluster.host) return no(`a job of this label was sent to ${before || 'another cluster'} before`)
  await rememberHost(ctx.folder, job.label, cluster.host)
  const args = [job.label, '@job.sh', String(ctx.options.patienceSeconds), ...sbatchOptions(cluster, ctx), `--time=${minutesOf(job)}`]
  const ran = await callLogin(ctx, cluster.host, { verb: 'submit', args, files: { 'job.sh': `${partOf('job.sh')}${job.script}` } })
  const [word, id] = firstLine(ran.out)
  if (word === 'id' && id !== undefined) return { ok: true, value: { nativeId: nativeIdOf(cluster.host, id) } }
  if (word === 'refused') return { ok: false, transient: PASSING.test(ran.err), reason: complaintOf({ ...ran, out: '' }) }
  if (word === 'again') return { ok: false, transient: true, reason: 'another submission of this label was refused at this moment' }
  if (word === 'unable') return { ok: false, transient: true, reason: `nothing was submitted: ${complaintOf({ ...ran, out: '' })}` }
  throw new UnsureError(`it is not known whether slurm took the job: ${complaintOf(ran)}`)
}

export function sbatchOptions({ partition }: Cluster, { options: { account, qos, memoryMb } }: Context): string[] {
  const given = { partition, account, qos, mem: memoryMb }
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]))
}

/** Slurm counts whole minutes; the one more is for the batch script itself. */
function minutesOf({ lifeSeconds }: JobRequest): number {
  return Math.ceil(Math.min(Math.max(lifeSeconds, 1), 365 * 86_400) / 60) + 1
}

function firstLine(out: string): [string | undefined, string | undefined] {
  const [, word, id] = /^(id|refused|again|unable)(?: ([1-9]\d{0,9}))?\n/.exec(out) ?? []
  return [word, id]
}

function no(reason: string): Outcome<never> {
  return { ok: false, transient: false, reason }
}

/** Another process may have sent it, whose notes are not ours. */
function hostOfCall({ endpoints, options }: Context): string | undefined {
  return endpoints.map((endpoint) => readEndpoint(endpoint, options)?.host).find((host) => host !== undefined)
}

/** Throws UnsureError while a submission may be under way. */
export async function find(label: string, ctx: Context): Promise<string | undefined> {
  if (!Label.safeParse(label).success) return undefined
  const host = ctx.options.over === 'commands' ? '' : ((await hostOfLabel(ctx.folder, label)) ?? hostOfCall(ctx))
  if (host === undefined || readNativeId(nativeIdOf(host, '1'), ctx.options) === undefined) return undefined
  const ran = await callLogin(ctx, host, { verb: 'look_up', args: [label] })
  const [, word, id] = /^(id|none)(?: ([1-9]\d{0,9}))?\nend\n$/.exec(ran.out) ?? []
  if (word === 'none') return undefined
  if (word === 'id' && id !== undefined) return nativeIdOf(host, id)
  throw new UnsureError(`a submission of ${label} was begun and slurm does not tell of it yet: ${messageOf(complaintOf(ran))}`)
}
