import { jobStateOf } from '../domain/challenge.ts'
import { messageOf } from '../domain/errors.ts'
import { hostOf } from '../domain/loopback.ts'
import type { Effect, NewFact } from '../ports.ts'
import type { Deps } from './deps.ts'
import { submitterOf } from './dispatch-job.ts'
import { CALL_DEADLINE_MS, finish, withDeadline } from './effect.ts'
import { judge } from './gate.ts'
import { plannedSite, readChallenge, readLaunchedRun } from './view.ts'

/** Asks the job system how the job fares. A question that fails says nothing of the job, and is asked again at the next round. */
export async function followJob(deps: Deps, effect: Effect): Promise<void> {
  const run = await readLaunchedRun(deps.store, effect.run)
  const site = plannedSite(run, String(effect.payload.site))
  const submitter = submitterOf(deps, site)
  const challenge = await readChallenge(deps.store, effect.stream)
  const id = challenge.submitted?.data.nativeId
  const verdict = judge({ effect, run, site, hosts: submitter.local ? [] : [hostOf(site.endpoint)], facts: [] }, deps.clock.now())
  if (id === undefined || verdict.pass !== 'go') return finish(deps, effect)
  const facts: NewFact[] = []
  try {
    const answers = await withDeadline(CALL_DEADLINE_MS, (signal) => submitter.status([id], deps.contextOf(submitter, run.plan.id, signal)))
    const answer = answers.get(id)
    if (answer?.ok && answer.value.state !== jobStateOf(challenge))
      facts.push({ stream: effect.stream, type: 'JobStateSeen', data: answer.value })
  } catch (error) {
    deps.log('the job system did not say how a job fares', { site: site.name, reason: messageOf(error) })
  }
  await finish(deps, effect, facts)
}
