import { type Correspondence, evolveCorrespondence, initialCorrespondence, wasSending } from './correspondence.ts'
import type { ChallengeEvent } from './event.ts'
import { first, last, type On } from './order.ts'
import type { JobState } from './submitter.ts'

/** One site's part in a run. It holds facts, not verdicts, and compares their times, so that the order of arrival does not matter. */
export type ChallengeState = Correspondence & {
  planned?: On<'ChallengePlanned'>
  submitting?: On<'JobSubmitting'>
  submitted?: On<'JobSubmitted'>
  jobRefused?: On<'JobRefused'>
  jobPaused?: On<'JobPaused'>
  jobUnsure?: On<'JobUnsure'>
  cancelRequested?: On<'JobCancelRequested'>
  /** When the job system first gave each state. */
  jobStates: Readonly<Partial<Record<JobState, On<'JobStateSeen'>>>>
  agentSeen?: On<'AgentSeen'>
  ordered: readonly On<'TaskOrdered'>[]
  tasks: readonly On<'TaskSigned'>[]
  tasksRefused: readonly On<'TaskRefused'>[]
  /** What the agent said of its tasks: with the facts of its start, the observed part of the traces. */
  reported: readonly On<'TaskReported'>[]
  agentLost?: On<'AgentLost'>
  /** The newest proof that the agent was alive, ms since 1970. */
  lastSignMs?: number
  farewells: readonly On<'AgentStopped'>[]
  access: readonly On<'AccessChanged'>[]
  findings: readonly On<'AccessFinding'>[]
  /** Of a party: the one it is about, and what a CA's list said. */
  party?: On<'PartyPlanned'>
  revocations: readonly On<'RevocationSeen'>[]
  notes: readonly On<'OfficerNoted'>[]
  /** Who told the site, besides us. */
  words: readonly On<'WordReached'>[]
  pauses: readonly On<'PauseAgreed'>[]
  downtimes: readonly On<'DowntimeSeen'>[]
  certifications: readonly On<'CertificationSeen'>[]
  packages: readonly On<'PackagesSeen'>[]
  graded: readonly On<'AnswerGraded'>[]
  overrides: readonly On<'ScoreOverridden'>[]
  appeals: readonly On<'AppealReceived'>[]
  appealsAnswered: readonly On<'AppealAnswered'>[]
}

/** From the first to the last; `missing` and `unknown` say nothing of progress. */
const jobOrder: readonly JobState[] = ['unknown', 'missing', 'submitting', 'unsure', 'queued', 'running', 'ended', 'failed', 'cancelled']

export function initialChallenge(): ChallengeState {
  return {
    jobStates: {},
    ordered: [],
    tasks: [],
    tasksRefused: [],
    reported: [],
    farewells: [],
    ...initialCorrespondence(),
    access: [],
    findings: [],
    revocations: [],
    notes: [],
    words: [],
    pauses: [],
    downtimes: [],
    certifications: [],
    packages: [],
    graded: [],
    overrides: [],
    appeals: [],
    appealsAnswered: [],
  }
}

export function foldChallenge(events: Iterable<ChallengeEvent>): ChallengeState {
  let state = initialChallenge()
  for (const event of events) state = evolveChallenge(state, event)
  return state
}

/** How far the job came, in our words. */
export function jobStateOf(state: ChallengeState): JobState | undefined {
  return jobOrder.findLast((name) => state.jobStates[name] !== undefined)
}

/** Whether the site may have a job or a mail of the run. */
export function knowsOfRun({ submitting, letters }: ChallengeState): boolean {
  return submitting !== undefined || wasSending(letters.alert)
}

export function evolveChallenge(state: ChallengeState, event: ChallengeEvent): ChallengeState {
  switch (event.type) {
    case 'ChallengePlanned':
      return { ...state, planned: first(state.planned, event) }
    case 'JobSubmitting':
      return { ...state, submitting: first(state.submitting, event) }
    case 'JobSubmitted':
      return { ...state, submitted: first(state.submitted, event) }
    case 'JobRefused':
      return { ...state, jobRefused: first(state.jobRefused, event) }
    case 'JobPaused':
      return { ...state, jobPaused: first(state.jobPaused, event) }
    case 'JobUnsure':
      return { ...state, jobUnsure: first(state.jobUnsure, event) }
    case 'JobCancelRequested':
      return { ...state, cancelRequested: first(state.cancelRequested, event) }
    case 'JobStateSeen':
      return evolveJobState(state, event)
    case 'AgentSeen':
      return { ...signOfLife(state, event.at), agentSeen: first(state.agentSeen, event) }
    case 'AgentLate':
      return signOfLife(state, event.data.lastSeenMs)
    case 'AgentLost':
      return { ...signOfLife(state, event.data.lastSeenMs), agentLost: last(state.agentLost, event) }
    case 'AgentBack':
      return signOfLife(state, event.at)
    case 'AgentStopped':
      return { ...signOfLife(state, event.at), farewells: [...state.farewells, event] }
    case 'TaskOrdered':
      return { ...state, ordered: [...state.ordered, event] }
    case 'TaskSigned':
      return { ...state, tasks: [...state.tasks, event] }
    case 'TaskReported':
      return { ...signOfLife(state, event.at), reported: [...state.reported, event] }
    case 'TaskRefused':
      return { ...state, tasksRefused: [...state.tasksRefused, event] }
    case 'AccessChanged':
      return { ...state, access: [...state.access, event] }
    case 'AccessFinding':
      return { ...state, findings: [...state.findings, event] }
    case 'OfficerNoted':
      return { ...state, notes: [...state.notes, event] }
    case 'PartyPlanned':
      return { ...state, party: first(state.party, event) }
    case 'RevocationSeen':
      return { ...state, revocations: [...state.revocations, event] }
    case 'WordReached':
    case 'PauseAgreed':
    case 'DowntimeSeen':
    case 'CertificationSeen':
    case 'PackagesSeen':
    case 'AnswerGraded':
    case 'ScoreOverridden':
    case 'AppealReceived':
    case 'AppealAnswered':
      return evolveJudgement(state, event)
    default:
      return { ...state, ...evolveCorrespondence(state, event) }
  }
}

export type JudgementEvent = On<
  | 'WordReached'
  | 'PauseAgreed'
  | 'DowntimeSeen'
  | 'CertificationSeen'
  | 'PackagesSeen'
  | 'AnswerGraded'
  | 'ScoreOverridden'
  | 'AppealReceived'
  | 'AppealAnswered'
>

/** What the clocks and the lights rest on besides. */
function evolveJudgement(state: ChallengeState, event: JudgementEvent): ChallengeState {
  switch (event.type) {
    case 'WordReached':
      return { ...state, words: [...state.words, event] }
    case 'PauseAgreed':
      return { ...state, pauses: [...state.pauses, event] }
    case 'DowntimeSeen':
      return { ...state, downtimes: [...state.downtimes, event] }
    case 'CertificationSeen':
      return { ...state, certifications: [...state.certifications, event] }
    case 'PackagesSeen':
      return { ...state, packages: [...state.packages, event] }
    case 'AnswerGraded':
      return { ...state, graded: [...state.graded, event] }
    case 'ScoreOverridden':
      return { ...state, overrides: [...state.overrides, event] }
    case 'AppealReceived':
      return { ...state, appeals: [...state.appeals, event] }
    case 'AppealAnswered':
      return { ...state, appealsAnswered: [...state.appealsAnswered, event] }
    default:
      return unforeseen(event)
  }
}

function unforeseen(event: never): never {
  throw new Error(`a fact of an unknown type in a challenge's log: ${String((event as { type?: unknown }).type)}`)
}

function evolveJobState(state: ChallengeState, event: On<'JobStateSeen'>): ChallengeState {
  const name = event.data.state
  return { ...state, jobStates: { ...state.jobStates, [name]: first(state.jobStates[name], event) } }
}

function signOfLife(state: ChallengeState, at: number): ChallengeState {
  return at <= (state.lastSignMs ?? Number.NEGATIVE_INFINITY) ? state : { ...state, lastSignMs: at }
}
