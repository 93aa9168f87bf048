import { RefusedError } from '../domain/errors.ts'
import { type AnswerKey, challengeStream, runStream } from '../domain/event.ts'
import type { PlannedSite } from '../domain/plan.ts'
import { isLaunched, type LaunchedRun } from '../domain/work.ts'
import type { NewFact, NewJob } from '../ports.ts'
import type { Deps } from './deps.ts'
import { labelOf } from './dispatch-job.ts'
import { readLaunchedRun, readRunState } from './view.ts'

/** Between the two moments, by the machines' clocks, the agents may run. */
export type Launch = { run: string; by: string; agentsStartMs: number; agentsEndMs: number }

type LaunchDeps = Pick<Deps, 'store' | 'renderJob' | 'sha256' | 'submitters'>

/** Sets an approved run in motion: from here on the engine does what its facts call for. May be repeated. */
export async function launchRun(deps: LaunchDeps, launch: Launch): Promise<LaunchedRun> {
  const state = await readRunState(deps.store, launch.run)
  const { plan, approvedHash, stopped } = state
  if (approvedHash !== plan.hash)
    throw new RefusedError(`the plan of ${plan.id} is not approved. Approve it with: ssc approve ${plan.id} --by NAME`)
  if (stopped) throw new RefusedError(`the run ${plan.id} was stopped; plan a new one`)
  const local = plan.sites.find((site) => deps.submitters.get(site.submitter)?.local)
  if (local && !plan.run.rehearsal)
    throw new RefusedError(`the submitter ${local.submitter} runs on this machine alone: only a rehearsal may use it`)
  const { run: _, ...data } = launch
  const run = { ...state, ...data, launchedMs: launch.agentsStartMs }
  if (state.launchedMs === undefined && isLaunched(run)) {
    const opened = plan.sites.map((site) => openingOf(deps, run, site))
    const launched: NewFact = { stream: runStream(plan.id), type: 'RunLaunched', data, key: 'launched' }
    // All in one: a launch that is cut off leaves no challenge half open.
    await deps.store.commit({
      run: plan.id,
      facts: [launched, ...opened.map(({ fact }) => fact)],
      jobs: opened.map(({ job }) => job),
    })
  }
  return readLaunchedRun(deps.store, plan.id)
}

/** The planned part of the traces is stored, and the job made known to the listener, before anything leaves. */
function openingOf(deps: LaunchDeps, run: LaunchedRun, site: PlannedSite): { fact: NewFact; job: NewJob } {
  const stream = challengeStream(run.plan.id, site.name)
  const label = labelOf(run, site)
  const payloadHash = deps.sha256(deps.renderJob({ run, site, label, stream }))
  const { attacker, pilot } = run.plan.run.identities
  const key: AnswerKey = { identity: attacker, label, payloadHash, ...(pilot === undefined ? {} : { pilot }) }
  return {
    fact: { stream, type: 'ChallengePlanned', data: { site, key }, key: 'planned' },
    job: { job: label, run: run.plan.id, stream },
  }
}
