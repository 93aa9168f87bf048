import type { JobState } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import type { Found } from './way.ts'

/**
 * DIRAC's words: https://github.com/DIRACGrid/DIRAC/blob/integration/dirac-common/src/DIRACCommon/WorkloadManagementSystem/Client/JobStatus.py
 * The readme says why `Stalled`, `Completed` and `Deleted` stand where they do.
 */
export const STATES: Readonly<Record<string, JobState>> = {
  Submitting: 'queued',
  Received: 'queued',
  Checking: 'queued',
  Staging: 'queued',
  Scouting: 'queued',
  Waiting: 'queued',
  Matched: 'queued',
  Rescheduled: 'queued',
  Running: 'running',
  Stalled: 'running',
  Completing: 'running',
  Completed: 'ended',
  Done: 'ended',
  Failed: 'failed',
  Killed: 'cancelled',
  Deleted: 'missing',
}

export function stateOf(found: Found): JobState {
  return Object.hasOwn(STATES, found.status) ? STATES[found.status]! : 'unknown'
}

/** Nothing of it runs at a site any more, and nothing will without somebody's order. */
export function isOver(found: Found): boolean {
  return ['ended', 'failed', 'cancelled', 'missing'].includes(stateOf(found))
}

/** `Failed: Application Finished With Errors (…)`. */
export function nativeOf({ status, minor, application }: Found): string {
  const told = application === undefined || application === 'Unknown' ? '' : ` (${application})`
  return plainLine(`${status}${minor === undefined ? '' : `: ${minor}`}${told}`)
}
