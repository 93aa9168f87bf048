import { calendarOf, nextWorkingMoment } from './calendar.ts'
import { type ChallengeState, earliest } from './challenge.ts'
import { challengeStream, runStream } from './event.ts'
import type { Plan, PlannedSite } from './plan.ts'
import type { Rubric } from './rubric.ts'
import type { RunState } from './run-state.ts'
import type { Scenario } from './scenario.ts'

/** A run that was launched: nothing of its plan is missing. */
export type LaunchedRun = RunState & {
  plan: Plan
  scenario: Scenario
  rubric: Rubric
  launchedMs: number
  agentsStartMs: number
  agentsEndMs: number
}

export type Work = { id: string; run: string; stream: string; kind: WorkKind; due: number; payload: Record<string, unknown> }
export type WorkKind = 'dispatch-job' | 'follow-jobs' | 'cancel-job' | 'probe-access' | 'send-mail' | 'end-run'

export function isLaunched(run: RunState): run is LaunchedRun {
  return (
    run.plan !== undefined &&
    run.scenario !== undefined &&
    run.rubric !== undefined &&
    run.launchedMs !== undefined &&
    run.agentsStartMs !== undefined &&
    run.agentsEndMs !== undefined
  )
}

/**
 * Everything that the facts of a challenge call for, with ids that are the same at every look: what was done already is
 * known by its id. So the work of a run can be made anew from its log at any time.
 */
export function workOfChallenge(run: LaunchedRun, site: PlannedSite, state: ChallengeState): Work[] {
  const make = maker(run, site)
  if (run.stopped) return state.submitted ? [make('cancel-job', run.stopped.at)] : []
  const dispatch = make('dispatch-job', Math.max(run.launchedMs, Date.parse(run.plan.run.window.from)))
  const started = startedMs(state)
  if (started === undefined) return [dispatch]
  const alert = make('send-mail', alertDue(run, site, started), 'alert')
  const accepted = state.mails.alert.accepted
  return accepted === undefined ? [dispatch, alert] : [dispatch, alert, ...mailsAfter(run, make, accepted.at), ...rounds(run, accepted.at)]
}

/** The run's own work: its end, when the last clock of the last challenge has run out. */
export function workOfRun(run: LaunchedRun): Work[] {
  if (run.endedMs !== undefined) return []
  if (run.stopped) return []
  return [{ id: `end-run.${run.plan.id}`, run: run.plan.id, stream: runStream(run.plan.id), kind: 'end-run', due: endOf(run), payload: {} }]
}

/** A heartbeat, or an officer's word when the job system says that it runs (worker nodes without a way out exist). */
export function startedMs(state: ChallengeState): number | undefined {
  const confirmed = earliest(state.notes.filter((note) => note.data.fulfils === 'started'))
  return state.agentSeen?.at ?? (state.jobStates.running && confirmed ? Math.max(state.jobStates.running.at, confirmed.at) : undefined)
}

function alertDue(run: LaunchedRun, site: PlannedSite, started: number): number {
  return run.plan.run.alertAnyTime ? started : nextWorkingMoment(calendarOf(site, run.rubric), started)
}

type Make = (kind: WorkKind, due: number, detail?: string) => Work

function mailsAfter({ scenario }: LaunchedRun, make: Make, alerted: number): Work[] {
  return [
    make('send-mail', alerted + scenario.mails.remindAfter, 'reminder'),
    make('send-mail', alerted + scenario.mails.closeAfter, 'closing'),
  ]
}

/**
 * The rounds in which all sites are looked at together: at the moments of one grid, so that the alert of each site calls
 * for rounds that others have too. The last one comes before the run ends.
 */
function rounds(run: LaunchedRun, alerted: number): Work[] {
  const { every, for: close, later } = run.scenario.watch
  const end = endOf(run)
  const work: Work[] = []
  for (let due = nextSlot(alerted, every); due < end; due = nextSlot(due, due < alerted + close ? every : later))
    for (const kind of ['follow-jobs', 'probe-access'] as const)
      work.push({ id: `${kind}.${run.plan.id}.${due / 1000}`, run: run.plan.id, stream: runStream(run.plan.id), kind, due, payload: {} })
  return work
}

function nextSlot(after: number, every: number): number {
  return (Math.floor(after / every) + 1) * every
}

function endOf(run: LaunchedRun): number {
  return Date.parse(run.plan.run.window.to) + run.scenario.endAfter
}

function maker(run: LaunchedRun, site: PlannedSite): Make {
  return (kind, due, detail) => ({
    id: [kind, run.plan.id, site.name, ...(detail === undefined ? [] : [detail])].join('.'),
    run: run.plan.id,
    stream: challengeStream(run.plan.id, site.name),
    kind,
    due,
    payload: { site: site.name, submitter: site.submitter, ...(kind === 'send-mail' ? { mail: detail } : {}) },
  })
}
