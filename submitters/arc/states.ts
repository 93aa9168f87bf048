import type { JobState } from '../../core/domain/submitter.ts'

/**
 * A-REX's words and ours: http://www.nordugrid.org/arc/arc6/tech/rest/rest.html
 * KILLED is told from FAILED by A-REX's own note that somebody asked for the end. `None` comes with 404.
 */
export const STATES: Readonly<Record<string, JobState>> = {
  ACCEPTING: 'queued',
  ACCEPTED: 'queued',
  PREPARING: 'queued',
  PREPARED: 'queued',
  SUBMITTING: 'queued',
  QUEUING: 'queued',
  HELD: 'queued',
  RUNNING: 'running',
  EXITINGLRMS: 'running',
  OTHER: 'running',
  EXECUTED: 'running',
  FINISHING: 'running',
  KILLING: 'running',
  FINISHED: 'ended',
  FAILED: 'failed',
  KILLED: 'cancelled',
  WIPED: 'missing',
  None: 'missing',
}

/** Nothing of the job runs any more, and it can be cleaned. */
export const OVER: ReadonlySet<JobState> = new Set(['ended', 'failed', 'cancelled'])

export function stateOf(word: string): JobState {
  return Object.hasOwn(STATES, word) ? STATES[word]! : 'unknown'
}
