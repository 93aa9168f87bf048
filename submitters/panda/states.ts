import type { JobState } from '../../core/domain/submitter.ts'

/**
 * PanDA's words and ours. `by jobs`: the task alone does not tell, since it is `running` as soon as jobs are made for it,
 * though none may have begun at the site; its jobs decide.
 * https://panda-wms.readthedocs.io/en/latest/terminology/terminology.html#task
 */
export const TASK_STATES: Readonly<Record<string, JobState | 'by jobs'>> = {
  registered: 'queued',
  waiting: 'queued',
  defined: 'queued',
  assigning: 'queued',
  ready: 'queued',
  pending: 'queued',
  staging: 'queued',
  staged: 'queued',
  topreprocess: 'queued',
  preprocessing: 'queued',
  toretry: 'queued',
  toincexec: 'queued',
  toreassign: 'queued',
  reassigning: 'queued',
  rerefine: 'queued',
  throttled: 'queued',
  tobroken: 'queued',
  paused: 'by jobs',
  scouting: 'by jobs',
  scouted: 'by jobs',
  running: 'by jobs',
  merging: 'by jobs',
  prepared: 'by jobs',
  passed: 'by jobs',
  finishing: 'by jobs',
  toabort: 'by jobs',
  aborting: 'by jobs',
  done: 'ended',
  finished: 'by jobs',
  failed: 'by jobs',
  exhausted: 'failed',
  broken: 'failed',
  aborted: 'cancelled',
}

/** https://panda-wms.readthedocs.io/en/latest/terminology/terminology.html#job */
export const JOB_STATES: Readonly<Record<string, JobState>> = {
  pending: 'queued',
  defined: 'queued',
  waiting: 'queued',
  assigned: 'queued',
  throttled: 'queued',
  activated: 'queued',
  sent: 'queued',
  starting: 'queued',
  running: 'running',
  holding: 'running',
  merging: 'running',
  transferring: 'running',
  finished: 'ended',
  failed: 'failed',
  cancelled: 'cancelled',
  closed: 'failed',
}

/** The states in which no job of a task runs any more. */
const OVER = new Set(['finished', 'failed'])

export function taskState(word: string): JobState | 'by jobs' {
  return Object.hasOwn(TASK_STATES, word) ? TASK_STATES[word]! : 'unknown'
}

export function jobState(word: string): JobState {
  return Object.hasOwn(JOB_STATES, word) ? JOB_STATES[word]! : 'unknown'
}

/**
 * What a task `by jobs` came to. While it is not over, a job that ended or failed proves nothing: PanDA may make another.
 * Once it is over, one job that ended well is enough; `finished` without any is no end.
 */
export function stateByJobs(task: string, jobs: readonly string[]): JobState {
  const states = new Set(jobs.map(jobState))
  if (!OVER.has(task))
    return ['running', 'ended', 'failed', 'cancelled'].some((state) => states.has(state as JobState)) ? 'running' : 'queued'
  if (states.has('ended')) return 'ended'
  return states.has('cancelled') && !states.has('failed') ? 'cancelled' : 'failed'
}
