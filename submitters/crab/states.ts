import type { JobState, JobStatus } from '../../core/domain/submitter.ts'

/** Of the task in the server's database: https://twiki.cern.ch/twiki/bin/view/CMSPublic/CRAB3Commands, "crab status". */
const TASK_STATES: Readonly<Record<string, JobState>> = {
  NEW: 'queued',
  WAITING: 'queued',
  HOLDING: 'queued',
  QUEUED: 'queued',
  TAPERECALL: 'queued',
  UPLOADED: 'queued',
  SUBMITTED: 'queued',
  RESUBMITFAILED: 'queued',
  KILLFAILED: 'queued',
  KILLRECALL: 'cancelled',
  KILLED: 'cancelled',
  SUBMITFAILED: 'failed',
  FAILED: 'failed',
}

/** Of the one job of the task, by the scheduler: `State` in status_cache. */
const JOB_STATES: Readonly<Record<string, JobState>> = {
  unsubmitted: 'queued',
  idle: 'queued',
  cooloff: 'queued',
  toRetry: 'queued',
  held: 'queued',
  running: 'running',
  transferring: 'running',
  transferred: 'running',
  finished: 'ended',
  failed: 'failed',
  killed: 'cancelled',
}

/** `server`: the task's state, without the command behind it · `job`: that of its job, once a scheduler has it. */
export type Told = { server: string; scheduler?: string | undefined; job?: string | undefined; exitCode?: number | undefined }

/** SUBMITTED only says that a scheduler has the task: then its job counts. A task that was killed tells nothing more of its job. */
export function statusFor({ server, scheduler, job, exitCode }: Told): JobStatus {
  const parts = [server, scheduler, job, exitCode === undefined ? undefined : `exit code ${exitCode}`]
  const native = parts.filter((part) => part !== undefined).join(', ')
  const task = lookUp(TASK_STATES, server)
  const own = job === undefined ? undefined : lookUp(JOB_STATES, job)
  if (own === 'ended' || own === 'failed') return { state: own, native }
  if (task === 'cancelled' || task === 'failed') return { state: task, native }
  return { state: own ?? task, native }
}

function lookUp(table: Readonly<Record<string, JobState>>, word: string): JobState {
  return Object.hasOwn(table, word) ? (table[word] ?? 'unknown') : 'unknown'
}
