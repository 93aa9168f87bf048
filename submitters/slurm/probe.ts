import { messageOf, PermanentError } from '../../core/domain/errors.ts'
import { type ProbeRequest, type ProbeResult, problemOf } from '../../core/domain/submitter.ts'
import { wordsOf } from './answer.ts'
import { readEndpoint } from './endpoint.ts'
import { type Context, callLogin } from './login.ts'
import { sbatchOptions } from './submit.ts'

/** What slurm says to an account that it does not let in: https://slurm.schedmd.com/resource_limits.html and slurm_errno. */
const REFUSED = /access\/permission denied|invalid account|invalid qos|not permitted|user'?s group not|invalid user id/i
const DEAD = /unable to contact|connect failure|not responding|timed out/i

/** Whether the account may log in, and slurm would take a job of it; nothing is submitted. */
export async function probe(request: ProbeRequest, ctx: Context): Promise<ProbeResult> {
  const problem = problemOf({ ...request, label: 'probe', script: '', lifeSeconds: 60 })
  const cluster = readEndpoint(request.endpoint, ctx.options)
  if (problem !== undefined || cluster === undefined) return { access: 'unknown', words: problem ?? 'not an endpoint of slurm' }
  try {
    const ran = await callLogin(ctx, cluster.host, { verb: 'probe', args: sbatchOptions(cluster, ctx) })
    const words = wordsOf(`${ran.err} ${ran.out.replace(/(accepted\n)?end\n$/, '')}`)
    if (ran.code === 0 && ran.out.endsWith('accepted\nend\n')) return { access: 'accepted', words }
    if (REFUSED.test(words)) return { access: 'refused', words }
    return { access: DEAD.test(words) ? 'unreachable' : 'unknown', words: words || 'slurm said nothing' }
  } catch (error) {
    return { access: accessOf(error), words: messageOf(error) }
  }
}

/** A host that does not let us in says so; a key or a host key that we cannot use is our own matter. */
function accessOf(error: unknown): ProbeResult['access'] {
  if (error instanceof PermanentError) return /\bPermission denied: /.test(error.message) ? 'refused' : 'unknown'
  return 'unreachable'
}
