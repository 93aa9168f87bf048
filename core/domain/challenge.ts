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

/** Facts of which all are kept, and in which list. */
const lists = {
  AgentStopped: 'farewells',
  TaskOrdered: 'ordered',
  TaskSigned: 'tasks',
  TaskRefused: 'tasksRefused',
  TaskReported: 'reported',
  AccessChanged: 'access',
  AccessFinding: 'findings',
  RevocationSeen: 'revocations',
  OfficerNoted: 'notes',
  WordReached: 'words',
  PauseAgreed: 'pauses',
  DowntimeSeen: 'downtimes',
  CertificationSeen: 'certifications',
  PackagesSeen: 'packages',
  AnswerGraded: 'graded',
  ScoreOverridden: 'overrides',
  AppealReceived: 'appeals',
  AppealAnswered: 'appealsAnswered',
} as const satisfies Partial<Record<ChallengeEvent['type'], keyof ChallengeState>>

/** Facts of which the first counts, and where it stands. */
const firsts = {
  ChallengePlanned: 'planned',
  PartyPlanned: 'party',
  JobSubmitting: 'submitting',
  JobSubmitted: 'submitted',
  JobRefused: 'jobRefused',
  JobPaused: 'jobPaused',
  JobUnsure: 'jobUnsure',
  JobCancelRequested: 'cancelRequested',
  AgentSeen: 'agentSeen',
} as const satisfies Partial<Record<ChallengeEvent['type'], keyof ChallengeState>>

type Listed = On<keyof typeof lists>
type Once = On<keyof typeof firsts>

function isListed(event: ChallengeEvent): event is Listed {
  return Object.hasOwn(lists, event.type)
}

function isOnce(event: ChallengeEvent): event is Once {
  return Object.hasOwn(firsts, event.type)
}

/** What is only added to is collected by the way: to copy the whole state at each fact would take as long as all the rest. */
export function foldChallenge(events: Iterable<ChallengeEvent>): ChallengeState {
  let state = initialChallenge()
  let lastSignMs = Number.NEGATIVE_INFINITY
  const collected: Partial<Record<(typeof lists)[keyof typeof lists], ChallengeEvent[]>> = {}
  for (const event of events) {
    lastSignMs = Math.max(lastSignMs, signOfLife(event))
    if (isListed(event)) {
      const name = lists[event.type]
      collected[name] ??= []
      collected[name].push(event)
    } else state = evolveChallenge(state, event)
  }
  return { ...state, ...(collected as Partial<ChallengeState>), ...(lastSignMs > Number.NEGATIVE_INFINITY && { lastSignMs }) }
}

/** How far the job came, in our words. */
export function jobStateOf(state: ChallengeState): JobState | undefined {
  return jobOrder.findLast((name) => state.jobStates[name] !== undefined)
}

/** Whether the site may have a job or a mail of the run. */
export function knowsOfRun({ submitting, letters }: ChallengeState): boolean {
  return submitting !== undefined || wasSending(letters.alert)
}

function evolveChallenge(state: ChallengeState, event: Exclude<ChallengeEvent, Listed>): ChallengeState {
  if (isOnce(event)) {
    const name = firsts[event.type]
    return { ...state, [name]: first<Once>(state[name], event) }
  }
  switch (event.type) {
    case 'JobStateSeen':
      return evolveJobState(state, event)
    case 'AgentLost':
      return { ...state, agentLost: last(state.agentLost, event) }
    case 'AgentLate':
    case 'AgentBack':
      return state
    default:
      return { ...state, ...evolveCorrespondence(state, event) }
  }
}

/** What the clocks and the lights rest on besides. */
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

function evolveJobState(state: ChallengeState, event: On<'JobStateSeen'>): ChallengeState {
  const name = event.data.state
  return { ...state, jobStates: { ...state.jobStates, [name]: first(state.jobStates[name], event) } }
}

/** When the agent was alive by what this fact says, ms since 1970. */
function signOfLife(event: ChallengeEvent): number {
  switch (event.type) {
    case 'AgentSeen':
    case 'AgentBack':
    case 'AgentStopped':
    case 'TaskReported':
      return event.at
    case 'AgentLate':
    case 'AgentLost':
      return event.data.lastSeenMs
    default:
      return Number.NEGATIVE_INFINITY
  }
}
