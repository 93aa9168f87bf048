import { shutOuts } from './access.ts'
import type { ChallengeState } from './challenge.ts'
import { depthOfAnswer, humanAnswers } from './correspondence.ts'
import type { ChallengeEvent } from './event.ts'
import { type MailKind, mailKinds, traitsOf } from './mail.ts'
import { compareEvents, earliest } from './order.ts'
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
      return [...answersAfterAlert(state), ...notes(state, 'heads-up')]
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

/** Who wrote before the alert did not answer it: an answer to an invitation, or to a check of the contact. */
const beforeAlert: ReadonlySet<MailKind> = new Set(mailKinds.filter((kind) => traitsOf(kind).prepares))

/** Whichever of our letters it came back to: in a ticket the newest is answered. What the NGI writes is no answer of the site. */
function answersAfterAlert(state: ChallengeState): Found[] {
  return humanAnswers(state)
    .filter((answer) => answer.data.role !== 'ngi' && !beforeAlert.has(answer.data.answers))
    .map(whole)
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

/** A common report, or an answer to the letter that asks for it which is more than thanks. */
function closures(state: ChallengeState): ChallengeEvent[] {
  return [...state.reports, ...humanAnswers(state, ['report-request']).filter((answer) => depthOfAnswer(state, answer) !== 'trivial')]
}

/** What there may be nothing to say of. */
const optional: ReadonlySet<string> = new Set(['open-questions', 'evidence'])

/** How much of it is right: what is left to a person to judge counts as there. */
function gradedClosures(state: ChallengeState): Found[] {
  return state.reports.map((event) => {
    const fields = Object.entries(event.data.grade).filter(([name, verdict]) => !optional.has(name) || verdict !== 'missing')
    const worth = fields.map(([, verdict]) => (verdict === 'right' || verdict === 'for a person' ? 1 : verdict === 'partly' ? 0.5 : 0))
    const short = fields.filter((_, i) => worth[i]! < 1).map(([name, verdict]) => `${name} (${verdict})`)
    const words = short.length === 0 ? 'the report holds all that was asked' : `not right or missing in the report: ${short.join(', ')}`
    return { event, at: happenedAt(event), fraction: worth.reduce<number>((sum, one) => sum + one, 0) / Math.max(1, fields.length), words }
  })
}

function unforeseen(kind: never): never {
  throw new Error(`evidence of an unknown kind: ${String(kind)}`)
}
