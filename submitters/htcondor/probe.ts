import { messageOf, PermanentError } from '../../core/domain/errors.ts'
import { type ProbeRequest, type ProbeResult, problemOf } from '../../core/domain/submitter.ts'
import { faultIn, readPing, wordsOf } from './answer.ts'
import { type Context, condor } from './call.ts'
import { credentialProblem } from './credential.ts'
import { readEndpoint, whereIs } from './place.ts'
import { targetProblem } from './submit.ts'

const ACCESS = { ours: 'unknown', denied: 'refused', unreachable: 'unreachable' } as const

/** Whether the schedd would let the identity write: a security negotiation, and nothing else. */
export async function probe(request: ProbeRequest, ctx: Context): Promise<ProbeResult> {
  const queue = readEndpoint(request.endpoint, ctx.options)
  const problem = problemOf({ ...request, label: 'probe', script: '', lifeSeconds: 60 }) ?? targetProblem(request, queue, ctx)
  if (problem !== undefined || queue === undefined) return { access: 'unknown', words: problem ?? '' }
  const lapsed = await credentialProblem(ctx, Date.now())
  if (lapsed !== undefined) return { access: 'unknown', words: lapsed }
  try {
    const ran = await condor(ctx, 'condor_ping', ...whereIs(queue), '-type', 'SCHEDD', '-verbose', 'WRITE')
    return judge(`${ran.err}\n${ran.out}`)
  } catch (error) {
    return { access: error instanceof PermanentError ? 'unknown' : 'unreachable', words: messageOf(error) }
  }
}

function judge(out: string): ProbeResult {
  const { authorized, mapping, authentication } = readPing(out)
  const words = wordsOf(out)
  if (authorized === true) {
    // Whoever is let in without a name proves nothing of this identity.
    const isNobody = authentication === 'none' || mapping.startsWith('unauthenticated@')
    return isNobody
      ? { access: 'unknown', words }
      : { access: 'accepted', words: `WRITE is authorised as ${mapping}, by ${authentication}` }
  }
  if (authorized === false) return { access: 'refused', words: `WRITE is not authorised as ${mapping}, by ${authentication}` }
  const fault = faultIn(out)
  return { access: fault === undefined ? 'unknown' : ACCESS[fault], words: words || 'condor_ping said nothing' }
}
