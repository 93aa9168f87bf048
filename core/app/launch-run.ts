import { RefusedError } from '../domain/errors.ts'
import { type AnswerKey, challengeStream, partyStream, runStream } from '../domain/event.ts'
import type { Launched } from '../domain/launched.ts'
import type { PlannedParty, PlannedSite } from '../domain/plan.ts'
import { approvalOf } from '../domain/run-state.ts'
import { signedLine, stopText } from '../domain/task.ts'
import { isLaunched, type LaunchedRun } from '../domain/work.ts'
import type { NewFact, NewJob } from '../ports.ts'
import { refusePlanner } from './approve-run.ts'
import type { Deps } from './deps.ts'
import { labelOf } from './dispatch-job.ts'
import { readLaunchedRun, readRunState } from './view.ts'

/** Between the two moments, by the machines' clocks, the agents may run. */
export type Launch = { run: string; by: string; agentsStartMs: number; agentsEndMs: number }

export type LaunchDeps = Pick<Deps, 'store' | 'renderJob' | 'sha256' | 'submitters' | 'keys' | 'listenerUrls' | 'haltOf' | 'agentNames'>

/** Sets an approved run in motion: from here on the engine does what its facts call for. May be repeated. */
export async function launchRun(deps: LaunchDeps, launch: Launch): Promise<LaunchedRun> {
  const state = await readRunState(deps.store, launch.run)
  const { plan } = state
  refuseUnready(deps, state)
  refusePlanner(state, launch.by)
  const { run: _, ...word } = launch
  const text = stopText(plan.id)
  const data: Launched = { ...word, stopLine: signedLine(text, deps.keys.orders.sign(text)) }
  const run = { ...state, ...data, launchedMs: launch.agentsStartMs }
  if (state.launchedMs === undefined && isLaunched(run)) {
    const opened = plan.sites.map((site) => openingOf(deps, run, site))
    const launched: NewFact = { stream: runStream(plan.id), type: 'RunLaunched', data, key: 'launched' }
    // All in one: a launch that is cut off leaves no challenge half open.
    await deps.store.commit({
      run: plan.id,
      facts: [launched, ...opened.map(({ fact }) => fact), ...plan.parties.map((party) => partyOpening(plan.id, party))],
      jobs: opened.flatMap(({ job }) => job ?? []),
    })
  }
  return readLaunchedRun(deps.store, plan.id)
}

/** Begins the log of a party; an earlier letter to it began it already. */
export function partyOpening(run: string, party: PlannedParty): NewFact {
  return { stream: partyStream(run, party.id), type: 'PartyPlanned', data: { party }, key: 'planned' }
}

type Planned = Awaited<ReturnType<typeof readRunState>>

function refuseUnready(deps: LaunchDeps, state: Planned): void {
  const { plan, stopped } = state
  if (!approvalOf(state))
    throw new RefusedError(`the plan of ${plan.id} is not approved by a second person. Approve it with: ssc approve ${plan.id} --by NAME`)
  if (stopped) throw new RefusedError(`the run ${plan.id} was stopped; plan a new one`)
  const halted = deps.haltOf(plan.id)
  if (halted !== undefined) throw new RefusedError(halted)
  const local = plan.sites.find((site) => deps.submitters.get(site.submitter)?.local)
  if (local && !plan.run.rehearsal)
    throw new RefusedError(`the submitter ${local.submitter} runs on this machine alone: only a rehearsal may use it`)
  if (!plan.run.rehearsal && plan.listeners.join(' ') !== deps.listenerUrls.join(' '))
    throw new RefusedError(
      `the agents would report to ${deps.listenerUrls.join(', ')}, and what was approved is ${plan.listeners.join(', ')}: plan it again`,
    )
}

/** The planned part of the traces is stored, and the job made known to the listener, before anything leaves. */
function openingOf(deps: LaunchDeps, run: LaunchedRun, site: PlannedSite): { fact: NewFact; job?: NewJob } {
  const stream = challengeStream(run.plan.id, site.name)
  const label = labelOf(run, site)
  if (run.scenario.job === undefined)
    return { fact: { stream, type: 'ChallengePlanned', data: { site, key: keyWithoutJob(label) }, key: 'planned' } }
  const payloadHash = deps.sha256(deps.renderJob({ run, site, label, stream }))
  const { attacker, pilot } = run.plan.run.identities
  const key: AnswerKey = {
    identity: attacker,
    label,
    payloadHash,
    addresses: [...deps.listenerUrls, ...run.plan.run.contacts],
    names: deps.agentNames,
    fromMs: run.agentsStartMs,
    untilMs: run.agentsEndMs,
    ...(pilot === undefined ? {} : { pilot }),
  }
  return {
    fact: { stream, type: 'ChallengePlanned', data: { site, key }, key: 'planned' },
    job: { job: label, run: run.plan.id, stream },
  }
}

/** Nothing runs, and there is nothing to be found. */
function keyWithoutJob(label: string): AnswerKey {
  return { identity: '', label, payloadHash: '', addresses: [], names: [], fromMs: 0, untilMs: 0 }
}
