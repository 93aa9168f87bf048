import type { ChallengeState } from './challenge.ts'
import type { MockIncident } from './scenario.ts'
import type { LaunchedRun } from './work.ts'

/**
 * How a site's agent came to its end, or will. `told` is not yet confirmed, and `ended by itself` only follows from the agent's own
 * rules. Times in ms since 1970 by the machines' clocks.
 */
export type SiteEnd =
  | { is: 'never started' }
  | { is: 'confirmed'; by: 'farewell' | 'job system'; word: string; atMs: number }
  | { is: 'told'; latestMs: number }
  | { is: 'ended by itself'; latestMs: number }

/** Of the run: when its last agent ends, and how long one lives on that hears nothing. */
type Rules = Pick<LaunchedRun, 'agentsEndMs'> & {
  scenario: { job?: Pick<MockIncident, 'silenceEnds' | 'heartbeatEvery'> }
}

/** What is known of one site: its challenge, and when its agent was last heard of. */
export type Sighting = { state: ChallengeState; lastMs: number | null }

/** How it stands with one site of a stopped run at `nowMs`. */
export function siteEnd(run: Rules, { state, lastMs }: Sighting, nowMs: number): SiteEnd {
  const confirmed = confirmationOf(state, lastMs)
  if (confirmed !== undefined) return confirmed
  if (neverStarted(state, lastMs)) return { is: 'never started' }
  const latestMs = latestEnd(run, lastMs)
  return { is: nowMs > latestMs ? 'ended by itself' : 'told', latestMs }
}

/** The agent's own word counts before the job system's, which counts only while no heartbeat came after it. */
function confirmationOf({ farewells, jobStates }: ChallengeState, lastMs: number | null): SiteEnd | undefined {
  const farewell = farewells.reduce<(typeof farewells)[number] | undefined>(
    (kept, one) => (kept && kept.at <= one.at ? kept : one),
    undefined,
  )
  if (farewell !== undefined) return { is: 'confirmed', by: 'farewell', word: farewell.data.reason, atMs: farewell.at }
  const seen = [jobStates.ended, jobStates.failed, jobStates.cancelled].flatMap((one) => one ?? []).sort((a, b) => a.at - b.at)[0]
  if (seen === undefined || (lastMs !== null && lastMs > seen.at)) return undefined
  return { is: 'confirmed', by: 'job system', word: seen.data.state, atMs: seen.at }
}

/** Nothing was sent, or the other side surely did not take it. What may have gone out counts as gone out. */
function neverStarted({ submitting, submitted, jobRefused, jobUnsure, agentSeen }: ChallengeState, lastMs: number | null): boolean {
  if (agentSeen !== undefined || lastMs !== null || submitted !== undefined) return false
  return submitting === undefined || (jobRefused !== undefined && jobUnsure === undefined)
}

/** A job that was never heard of may still wait for its turn; it ends at the end of all agents. */
function latestEnd({ agentsEndMs, scenario: { job } }: Rules, lastMs: number | null): number {
  return lastMs === null || job === undefined ? agentsEndMs : Math.min(agentsEndMs, lastMs + job.silenceEnds + job.heartbeatEvery)
}

export type StopCount = Record<SiteEnd['is'], number> & {
  /** All sites whose agent may have started. */
  started: number
  /** When the last one ends that nobody confirmed; undefined when none is left. */
  lastMs?: number
}

export function countEnds(ends: Iterable<SiteEnd>): StopCount {
  const count: StopCount = { 'never started': 0, confirmed: 0, told: 0, 'ended by itself': 0, started: 0 }
  for (const end of ends) {
    count[end.is] += 1
    if (end.is !== 'never started') count.started += 1
    if (end.is === 'told') count.lastMs = Math.max(count.lastMs ?? 0, end.latestMs)
  }
  return count
}
