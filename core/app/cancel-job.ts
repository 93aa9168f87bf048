import { messageOf } from '../domain/errors.ts'
import type { Effect, NewFact } from '../ports.ts'
import type { Deps } from './deps.ts'
import { contextFor, submitterOf } from './dispatch-job.ts'
import { CALL_DEADLINE_MS, deferOrGiveUp, finish, withDeadline } from './effect.ts'
import { passGate } from './gate.ts'
import { plannedSite, readChallenge, readLaunchedRun } from './view.ts'

/** Takes our job away again, through the job system that it went in by. Asked twice it does no harm. */
export async function cancelJob(deps: Deps, effect: Effect): Promise<void> {
  const run = await readLaunchedRun(deps.store, effect.run)
  const site = plannedSite(run, String(effect.payload.site))
  const submitter = submitterOf(deps, site)
  const nativeId = (await readChallenge(deps.store, effect.stream)).submitted?.data.nativeId
  if (submitter.cancel === undefined || nativeId === undefined) return finish(deps, effect)
  const { cancel } = submitter
  const facts: NewFact[] = [
    { stream: effect.stream, type: 'JobCancelRequested', data: { effect: effect.id, nativeId }, key: `cancel:${effect.id}` },
  ]
  const hosts = deps.hostsOf(submitter, site.endpoint)
  if (!(await passGate(deps, { effect, run, site, hosts, facts }, () => []))) return
  const reason = await attempt()
  if (reason === undefined) return finish(deps, effect)
  const refused = (words: string): NewFact => ({
    stream: effect.stream,
    type: 'JobRefused',
    data: { effect: effect.id, by: 'other side', reason: words },
  })
  return deferOrGiveUp(deps, effect, { reason, refused })

  async function attempt(): Promise<string | undefined> {
    try {
      const answers = await withDeadline(CALL_DEADLINE_MS, (signal) =>
        cancel([nativeId!], contextFor(deps, run, { site, submitter, signal })),
      )
      const answer = answers.get(nativeId!)
      return answer === undefined || answer.ok ? undefined : answer.reason
    } catch (error) {
      return messageOf(error)
    }
  }
}
