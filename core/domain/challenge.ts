import type { ChallengeEvent, ChallengeFact, Event, MailKind } from './event.ts'
import type { JobState } from './submitter.ts'

/** A fact of one type, with its place in the log. */
export type On<T extends ChallengeFact['type']> = Event<Extract<ChallengeFact, { type: T }>>

/** What became of one of our mails: the first fact of each kind. */
export type MailTrail = {
  sending?: On<'MailSending'>
  accepted?: On<'MailAccepted'>
  refused?: On<'MailRefused'>
  unsure?: On<'MailUnsure'>
  bounced?: On<'MailReceived'>
}

/** One site's part in a run. It holds facts, not verdicts, and compares their times, so that the order of arrival does not matter. */
export type ChallengeState = {
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
  mails: Readonly<Record<MailKind, MailTrail>>
  answers: readonly On<'MailReceived'>[]
  access: readonly On<'AccessChanged'>[]
  findings: readonly On<'AccessFinding'>[]
  notes: readonly On<'OfficerNoted'>[]
}

/** From the first to the last; `missing` and `unknown` say nothing of progress. */
const jobOrder: readonly JobState[] = ['unknown', 'missing', 'submitting', 'unsure', 'queued', 'running', 'ended', 'failed', 'cancelled']

export function initialChallenge(): ChallengeState {
  const mails = { alert: {}, reminder: {}, closing: {}, stopped: {}, 'real-incident': {} }
  return {
    jobStates: {},
    ordered: [],
    tasks: [],
    tasksRefused: [],
    reported: [],
    farewells: [],
    mails,
    answers: [],
    access: [],
    findings: [],
    notes: [],
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
export function knowsOfRun({ submitting, mails }: ChallengeState): boolean {
  return submitting !== undefined || mails.alert.sending !== undefined
}

/** By time, and in one moment by place in the log. */
export function compareEvents(a: Event, b: Event): number {
  return a.at - b.at || a.seq - b.seq
}

export function earliest<E extends Event>(events: readonly (E | undefined)[]): E | undefined {
  return events.reduce((kept, event) => (event === undefined ? kept : first(kept, event)), undefined)
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
    default:
      return evolveMail(state, event)
  }
}

type MailEvent = On<'MailSending' | 'MailAccepted' | 'MailRefused' | 'MailUnsure' | 'MailReceived'>

function evolveMail(state: ChallengeState, event: MailEvent): ChallengeState {
  switch (event.type) {
    case 'MailSending':
      return trail(state, event.data.mail, { sending: first(state.mails[event.data.mail].sending, event) })
    case 'MailAccepted':
      return trail(state, event.data.mail, { accepted: first(state.mails[event.data.mail].accepted, event) })
    case 'MailRefused':
      return trail(state, event.data.mail, { refused: first(state.mails[event.data.mail].refused, event) })
    case 'MailUnsure':
      return trail(state, event.data.mail, { unsure: first(state.mails[event.data.mail].unsure, event) })
    case 'MailReceived': {
      const { answers, kind } = event.data
      if (kind === 'bounce') return trail(state, answers, { bounced: first(state.mails[answers].bounced, event) })
      return { ...state, answers: [...state.answers, event] }
    }
    default:
      return unforeseen(event)
  }
}

function trail(state: ChallengeState, mail: MailKind, change: MailTrail): ChallengeState {
  return { ...state, mails: { ...state.mails, [mail]: { ...state.mails[mail], ...change } } }
}

function evolveJobState(state: ChallengeState, event: On<'JobStateSeen'>): ChallengeState {
  const name = event.data.state
  return { ...state, jobStates: { ...state.jobStates, [name]: first(state.jobStates[name], event) } }
}

function signOfLife(state: ChallengeState, at: number): ChallengeState {
  return at <= (state.lastSignMs ?? Number.NEGATIVE_INFINITY) ? state : { ...state, lastSignMs: at }
}

function first<E extends Event>(kept: E | undefined, event: E): E {
  return kept && compareEvents(kept, event) <= 0 ? kept : event
}

function last<E extends Event>(kept: E | undefined, event: E): E {
  return kept && compareEvents(kept, event) > 0 ? kept : event
}

function unforeseen(event: never): never {
  throw new Error(`a fact of an unknown type in a challenge's log: ${String((event as { type?: unknown }).type)}`)
}
