import { RefusedError } from '../domain/errors.ts'
import { type AnswerKey, challengeStream, runStream } from '../domain/event.ts'
import type { PlannedSite } from '../domain/plan.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { NewFact } from '../ports.ts'
import type { Deps } from './deps.ts'
import { labelOf } from './dispatch-job.ts'
import { readLaunchedRun, readRunState } from './view.ts'

/** Between the two moments, by the machines' clocks, the agents may run. */
export type Launch = { run: string; by: string; agentsStartMs: number; agentsEndMs: number }

type LaunchDeps = Pick<Deps, 'store' | 'renderJob' | 'sha256' | 'submitters'>

/** Sets an approved run in motion: from here on the engine does what its facts call for. May be repeated. */
export async function launchRun(deps: LaunchDeps, launch: Launch): Promise<LaunchedRun> {
  const { plan, approvedHash, stopped } = await readRunState(deps.store, launch.run)
  if (approvedHash !== plan.hash)
    throw new RefusedError(`the plan of ${plan.id} is not approved. Approve it with: ssc approve ${plan.id} --by NAME`)
  if (stopped) throw new RefusedError(`the run ${plan.id} was stopped; plan a new one`)
  const local = plan.sites.find((site) => deps.submitters.get(site.submitter)?.local)
  if (local && !plan.run.rehearsal)
    throw new RefusedError(`the submitter ${local.submitter} runs on this machine alone: only a rehearsal may use it`)
  const { run: _, ...data } = launch
  await deps.store.commit({ run: plan.id, facts: [{ stream: runStream(plan.id), type: 'RunLaunched', data, key: 'launched' }] })
  const run = await readLaunchedRun(deps.store, plan.id)
  await Promise.all(plan.sites.map((site) => openChallenge(deps, run, site)))
  return run
}

/** The planned part of the traces is stored, and the job made known to the listener, before anything leaves. */
async function openChallenge(deps: LaunchDeps, run: LaunchedRun, site: PlannedSite): Promise<void> {
  const stream = challengeStream(run.plan.id, site.name)
  const label = labelOf(run, site)
  const payloadHash = deps.sha256(deps.renderJob({ run, site, label, stream }))
  const key: AnswerKey = { identity: run.plan.run.identities.attacker, label, payloadHash }
  const facts: NewFact[] = [{ stream, type: 'ChallengePlanned', data: { site, key }, key: 'planned' }]
  await deps.store.commit({ run: run.plan.id, facts, jobs: [{ job: label, run: run.plan.id, stream }] })
}
