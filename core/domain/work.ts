import type { ChallengeState } from './challenge.ts'
import { withdrawnSince } from './consent.ts'
import { challengeStream, partyStream, runStream } from './event.ts'
import { type DueLetter, lettersOf, noticesOf, orderedLetters, partyLetters } from './letters.ts'
import { earliest } from './order.ts'
import type { Plan, PlannedParty, PlannedSite } from './plan.ts'
import type { Rubric, SiteEvidence } from './rubric.ts'
import type { RunState } from './run-state.ts'
import type { Scenario } from './scenario.ts'
import type { Order } from './task.ts'

/** A run whose plan is known: letters that prepare it can go out. */
export type PlannedRun = RunState & { plan: Plan; scenario: Scenario; rubric: Rubric }

/** A run that was launched: nothing of its plan is missing. */
export type LaunchedRun = PlannedRun & {
  launchedMs: number
  agentsStartMs: number
  agentsEndMs: number
  stopLine: string
}

export type Work = { id: string; run: string; stream: string; kind: WorkKind; due: number; payload: Record<string, unknown> }
export type WorkKind =
  | 'dispatch-job'
  | 'follow-jobs'
  | 'cancel-job'
  | 'probe-access'
  | 'probe-pakiti'
  | 'probe-crl'
  | 'read-gocdb'
  | 'send-mail'
  | 'send-task'
  | 'end-run'

export function isPlanned(run: RunState): run is PlannedRun {
  return run.plan !== undefined && run.scenario !== undefined && run.rubric !== undefined
}

export function isLaunched(run: RunState): run is LaunchedRun {
  return (
    isPlanned(run) &&
    run.launchedMs !== undefined &&
    run.agentsStartMs !== undefined &&
    run.agentsEndMs !== undefined &&
    run.stopLine !== undefined
  )
}

/**
 * Everything that the facts of a challenge call for, with ids that are the same at every look: what was done already is
 * known by its id. So the work of a run can be made anew from its log at any time.
 */
export function workOfChallenge(run: LaunchedRun, site: PlannedSite, state: ChallengeState): Work[] {
  const make = maker(run, site)
  const notices = noticesOf(run, state).map((letter) => letterWork(run, site, letter))
  const end = endingMs(run, site)
  if (end !== undefined) return [...(state.submitted ? [make('cancel-job', end)] : []), ...notices]
  const dispatchMs = dispatchDue(run, site)
  const ordered = orderedLetters(state).map((letter) => letterWork(run, site, letter))
  if (dispatchMs === undefined) return [...ordered, ...notices]
  const hasJob = run.scenario.job !== undefined
  const dispatch = hasJob ? [make('dispatch-job', dispatchMs)] : []
  const started = hasJob ? startedMs(state) : dispatchMs
  if (started === undefined) return [...dispatch, ...ordered, ...notices]
  const letters = lettersOf(run, { site, state, started }).map((letter) => letterWork(run, site, letter))
  const all = [...dispatch, ...letters, ...ordered, ...tasksOf(run, make, { state, started }), ...notices]
  const accepted = state.mails.alert.accepted
  return accepted === undefined ? all : [...all, ...rounds(run, accepted.at)]
}

/** Before the launch an officer's letters alone go out. */
export function workBeforeLaunch(run: PlannedRun, to: Addressee, state: ChallengeState): Work[] {
  return run.stopped ? [] : orderedLetters(state).map((letter) => letterWork(run, to, letter))
}

/** What the facts of a party of the whole run call for. */
export function workOfParty(run: LaunchedRun, party: PlannedParty, state: ChallengeState): Work[] {
  const letters = run.stopped ? [] : [...partyLetters(run, party, state), ...orderedLetters(state)]
  return [...[...letters, ...noticesOf(run, state)].map((letter) => letterWork(run, party, letter)), ...listRounds(run, party, state)]
}

/** A CA's revocation list is looked into once the CA was told, in the same rounds as the sites, until the certificate stands in it. */
function listRounds(run: LaunchedRun, party: PlannedParty, state: ChallengeState): Work[] {
  const told = state.letters.notification?.accepted
  if (run.stopped || party.role !== 'ca' || party.crl === undefined || told === undefined || isListed(state)) return []
  return roundTimes(run, told.at).map((due) => ({
    id: `probe-crl.${run.plan.id}._${party.id}.${due / 1000}`,
    run: run.plan.id,
    stream: partyStream(run.plan.id, party.id),
    kind: 'probe-crl',
    due,
    payload: { party: party.id },
  }))
}

/** Whether the compromised certificate was seen in the list. */
export function isListed({ revocations }: Pick<ChallengeState, 'revocations'>): boolean {
  return revocations.some(({ data }) => data.listed === 'yes')
}

/** A site, or a party of the whole run. */
export type Addressee = PlannedSite | PlannedParty

function letterWork({ plan }: PlannedRun, to: Addressee, { due, ...letter }: DueLetter): Work {
  const isParty = 'role' in to
  // No site's name begins with an underscore.
  const name = isParty ? `_${to.id}` : to.name
  return {
    id: ['send-mail', plan.id, name, letter.letter, ...(letter.again === undefined ? [] : [`again-${letter.again}`])].join('.'),
    run: plan.id,
    stream: isParty ? partyStream(plan.id, to.id) : challengeStream(plan.id, to.name),
    kind: 'send-mail',
    due,
    payload: { ...(isParty ? { party: to.id } : { site: to.name }), ...letter },
  }
}

/** When the challenge was called off: by a full stop, or as the site or its NGI takes part no longer. */
function endingMs(run: LaunchedRun, site: PlannedSite): number | undefined {
  return run.stopped ? run.stopped.at : withdrawnSince(run, site)
}

/** The canaries go first; the others have no due time before their wave is opened. */
function dispatchDue(run: LaunchedRun, site: PlannedSite): number | undefined {
  const isFirst = site.canary === true || !run.plan.sites.some((one) => one.canary)
  const wave = isFirst ? run.launchedMs : run.waveMs
  return wave === undefined ? undefined : Math.max(wave, Date.parse(run.plan.run.window.from))
}

/** What the scenario has the agents do, and what officers ordered besides. */
function tasksOf(run: LaunchedRun, make: Make, { state, started }: { state: ChallengeState; started: number }): Work[] {
  if (state.farewells.length > 0) return []
  const planned = (run.scenario.job?.tasks ?? []).map(({ after, ...order }, i) =>
    make('send-task', started + after, { detail: `task-${i + 1}`, order }),
  )
  const ordered = state.ordered.map(({ at, data: { id, by: _, ...order } }) => make('send-task', at, { detail: `by-hand-${id}`, order }))
  const settled = new Set([...state.tasks, ...state.tasksRefused].map((fact) => fact.data.effect))
  const open = [...planned, ...ordered].filter(({ id }) => !settled.has(id))
  // One after the other, so that their sequences grow in the order in which they are signed.
  return open.sort((a, b) => a.due - b.due).slice(0, 1)
}

/** The run's own work: its end, when the last clock of the last challenge has run out. */
export function workOfRun(run: LaunchedRun): Work[] {
  if (run.endedMs !== undefined) return []
  if (run.stopped) return roundsAfterStop(run, run.stopped.at)
  return [{ id: `end-run.${run.plan.id}`, run: run.plan.id, stream: runStream(run.plan.id), kind: 'end-run', due: endOf(run), payload: {} }]
}

/** A heartbeat, or an officer's word when the job system says that it runs (worker nodes without a way out exist). */
export function startedMs(state: ChallengeState): number | undefined {
  const confirmed = earliest(state.notes.filter((note) => note.data.fulfils === 'started'))
  return state.agentSeen?.at ?? (state.jobStates.running && confirmed ? Math.max(state.jobStates.running.at, confirmed.at) : undefined)
}

type Detail = { detail: string; order?: Order }
type Make = (kind: WorkKind, due: number, about?: Detail) => Work

/**
 * The rounds in which all sites are looked at together: at the moments of one grid, so that the alert of each site calls
 * for rounds that others have too. The last one comes before the run ends.
 */
function rounds(run: LaunchedRun, alerted: number): Work[] {
  const kinds: WorkKind[] = ['follow-jobs', 'probe-access']
  if (waitsFor(run, 'packages')) kinds.push('probe-pakiti')
  const isCounted = waitsFor(run, 'downtime') || waitsFor(run, 'certified')
  if (isCounted) kinds.push('read-gocdb')
  const [soon, ...later] = roundTimes(run, alerted)
  const asked = (due: number, which: readonly WorkKind[]) => which.map((kind) => roundOf(run, kind, due))
  if (soon === undefined) return []
  // What was declared between the plan and the alert stops the clocks, whatever the rubric counts.
  return [...asked(soon, isCounted ? kinds : [...kinds, 'read-gocdb']), ...later.flatMap((due) => asked(due, kinds))]
}

/** Whether the rubric counts such evidence: what it does not count is not looked for. */
export function waitsFor({ rubric }: Pick<PlannedRun, 'rubric'>, evidence: SiteEvidence): boolean {
  return rubric.expectations.some((one) => one.evidence === evidence)
}

function roundTimes(run: LaunchedRun, told: number): number[] {
  const { every, for: close, later } = run.scenario.watch
  const end = endOf(run)
  const times: number[] = []
  for (let due = nextSlot(told, every); due < end; due = nextSlot(due, due < told + close ? every : later)) times.push(due)
  return times
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** After a full stop the job systems are asked how their jobs end: often at first, then more and more rarely, until all agents have ended by themselves. */
function roundsAfterStop(run: LaunchedRun, stopped: number): Work[] {
  const work: Work[] = []
  const lastMs = Math.max(run.agentsEndMs, stopped + 64 * MINUTE_MS)
  for (let at = stopped, wait = MINUTE_MS; at < lastMs; wait = Math.min(2 * wait, DAY_MS)) {
    at += wait
    work.push(roundOf(run, 'follow-jobs', nextSlot(at, MINUTE_MS)))
  }
  return work
}

function roundOf(run: LaunchedRun, kind: WorkKind, due: number): Work {
  const { id } = run.plan
  return { id: `${kind}.${id}.${due / 1000}`, run: id, stream: runStream(id), kind, due, payload: {} }
}

function nextSlot(after: number, every: number): number {
  return (Math.floor(after / every) + 1) * every
}

function endOf(run: LaunchedRun): number {
  return Date.parse(run.plan.run.window.to) + run.scenario.endAfter
}

function maker(run: LaunchedRun, site: PlannedSite): Make {
  return (kind, due, about) => ({
    id: [kind, run.plan.id, site.name, ...(about === undefined ? [] : [about.detail])].join('.'),
    run: run.plan.id,
    stream: challengeStream(run.plan.id, site.name),
    kind,
    due,
    payload: {
      site: site.name,
      submitter: site.submitter,
      ...(about?.order === undefined ? {} : { order: about.order }),
    },
  })
}
