import type { ChallengeState } from './challenge.ts'
import { humanAnswers } from './correspondence.ts'
import type { ChallengeEvent } from './event.ts'
import { earliest } from './order.ts'
import { lastPackages } from './pakiti.ts'
import type { Evidence } from './report.ts'
import { evidenceOf } from './timeline.ts'

/** Why something cannot be known, and the facts that say so. */
export type Doubt = { reason: string; evidence: readonly Evidence[] }

/** A bounce means that the clock never ran, unless a person answered the same alert: one dead member of a list bounces too. */
export function alertTrouble(state: ChallengeState): Doubt | undefined {
  const { bounced } = state.mails.alert
  if (bounced === undefined || humanAnswers(state, ['alert']).length > 0) return undefined
  return { reason: 'the alert bounced', evidence: [evidenceOf(bounced)] }
}

type Ends = { stopped?: { at: number }; endedMs?: number; withdrawnMs?: number }

/** When and why nothing more is expected. */
export function runOver({ stopped, endedMs, withdrawnMs }: Ends): { at: number; reason: string } | undefined {
  const ends = [
    ...(stopped ? [{ at: stopped.at, reason: 'the run was stopped before the deadline' }] : []),
    ...(withdrawnMs === undefined ? [] : [{ at: withdrawnMs, reason: 'the site took part no longer before the deadline' }]),
    ...(endedMs === undefined ? [] : [{ at: endedMs, reason: 'the run ended before the deadline' }]),
  ]
  return ends.sort((a, b) => a.at - b.at)[0]
}

/** The job ended in a way that does not show whose doing it was; no doubt is left when it outlived the deadline. */
export function containmentDoubt(state: ChallengeState, deadline: number): Doubt | undefined {
  const lastSignMs = state.lastSignMs ?? Number.NEGATIVE_INFINITY
  if (lastSignMs > deadline) return undefined
  const own = state.farewells.filter((f) => f.data.reason !== 'signal')
  const ours = earliest<ChallengeEvent>([state.cancelRequested, ...own])
  if (ours && ours.at <= deadline) return { reason: 'the job ended by our own doing or at its set time', evidence: [evidenceOf(ours)] }
  const lost = state.agentLost && state.agentLost.data.lastSeenMs >= lastSignMs ? state.agentLost : undefined
  const { ended, failed, missing } = state.jobStates
  const gone = lost ?? earliest([ended, failed, missing].filter((e) => e !== undefined && e.at <= deadline))
  return gone && { reason: 'the job fell silent, and nothing tells who ended it', evidence: [evidenceOf(gone)] }
}

/** An officer noted a report that came another way: its content is not in the log. */
export function noReport(state: ChallengeState): Doubt | undefined {
  const note = earliest(state.notes.filter((n) => n.data.fulfils === 'closure'))
  return note && { reason: 'the report came another way, and its content is not in the log', evidence: [evidenceOf(note)] }
}

/** Pakiti names a host only when something on it is tagged: of a site without any it tells neither good nor bad. */
export function packagesDoubt({ packages }: ChallengeState): Doubt | undefined {
  const seen = lastPackages(packages)
  if (seen === undefined) return { reason: 'nothing that Pakiti answered is in the log, so a person has to look', evidence: [] }
  if (seen.data.hosts > 0) return undefined
  return {
    reason: 'Pakiti names no host: either none reported, or nothing is tagged, so a person has to look',
    evidence: [evidenceOf(seen)],
  }
}
