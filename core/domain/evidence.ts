import { shutOuts } from './access.ts'
import { type ChallengeState, compareEvents, earliest } from './challenge.ts'
import type { ChallengeEvent } from './event.ts'
import { countFields, gradeFields, reportFields } from './report-fields.ts'
import type { Expectation } from './rubric.ts'
import { happenedAt } from './timeline.ts'

/** Something that fulfils an expectation, in part when `fraction` is below 1. */
export type Found = { event: ChallengeEvent; at: number; fraction: number; words?: string }

/** What the evidence is read against. */
export type Bounds = {
  startedMs?: number | undefined
  alertedMs?: number | undefined
  /** When the run was stopped: what ends after it may be our own doing. */
  stoppedMs?: number | undefined
}

/** All that speaks for an expectation, in no order. */
export function findEvidence(kind: Expectation['evidence'], state: ChallengeState, bounds: Bounds): Found[] {
  switch (kind) {
    case 'human-reply':
      return [...answersTo(state, ['alert', 'reminder']), ...notes(state, 'heads-up')]
    case 'contained':
      return containment(state, bounds)
    case 'closure':
      return [...closures(state).map(whole), ...notes(state, 'closure')]
    case 'report-fields':
      return gradedClosures(state)
    default:
      return unforeseen(kind)
  }
}

/** A heartbeat or a farewell; else the job system's word, confirmed by an officer. */
export function startOf(state: ChallengeState): ChallengeEvent | undefined {
  const sign = earliest<ChallengeEvent>([state.agentSeen, ...state.farewells])
  if (sign) return sign
  return state.notes.some((n) => n.data.fulfils === 'started') ? state.jobStates.running : undefined
}

function whole(event: ChallengeEvent): Found {
  return { event, at: happenedAt(event), fraction: 1 }
}

function notes(state: ChallengeState, fulfils: 'heads-up' | 'contained' | 'closure'): Found[] {
  return state.notes.filter((n) => n.data.fulfils === fulfils).map(whole)
}

function answersTo(state: ChallengeState, mails: readonly string[]): Found[] {
  return state.answers.filter((a) => a.data.kind === 'human' && mails.includes(a.data.answers)).map(whole)
}

/** An end that we asked for, or that came with our full stop, is not the site's doing. */
function containment(state: ChallengeState, { startedMs, alertedMs, stoppedMs }: Bounds): Found[] {
  const bySite = (event: ChallengeEvent) =>
    (state.cancelRequested === undefined || compareEvents(event, state.cancelRequested) < 0) &&
    (stoppedMs === undefined || event.at < stoppedMs)
  const { cancelled } = state.jobStates
  const ends: ChallengeEvent[] = state.farewells.filter((f) => f.data.reason === 'signal')
  if (cancelled) ends.push(cancelled)
  const bans = shutOuts(state.access)
  const found = [...ends.filter(bySite).map(whole), ...bans.map(whole), ...notes(state, 'contained')]
  return found.filter(({ at }) => (alertedMs !== undefined && at >= alertedMs) || (startedMs !== undefined && at >= startedMs))
}

function closures(state: ChallengeState): ChallengeState['answers'] {
  return state.answers.filter((a) => a.data.kind === 'human' && (a.data.answers === 'closing' || countFields(a.data.fields) >= 2))
}

function gradedClosures(state: ChallengeState): Found[] {
  const key = state.planned?.data.key
  if (key === undefined) return []
  return closures(state).map((event) => {
    const job = { label: key.label, nativeId: state.submitted?.data.nativeId }
    const { right, missing } = gradeFields(event.data.fields, { identity: key.identity, job })
    const named = missing.length === 0 ? 'the report holds all that was asked' : `missing or wrong in the report: ${missing.join(', ')}`
    return { event, at: event.at, fraction: right.length / reportFields.length, words: named }
  })
}

function unforeseen(kind: never): never {
  throw new Error(`evidence of an unknown kind: ${String(kind)}`)
}
