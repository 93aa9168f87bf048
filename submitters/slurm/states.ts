import type { JobState } from '../../core/domain/submitter.ts'

/** https://slurm.schedmd.com/squeue.html, "JOB STATE CODES", in their extended form. */
const STATES: Readonly<Record<string, JobState>> = {
  BOOT_FAIL: 'failed',
  CANCELLED: 'cancelled',
  COMPLETED: 'ended',
  CONFIGURING: 'queued',
  COMPLETING: 'running',
  DEADLINE: 'failed',
  FAILED: 'failed',
  NODE_FAIL: 'failed',
  OUT_OF_MEMORY: 'failed',
  PENDING: 'queued',
  PREEMPTED: 'cancelled',
  RUNNING: 'running',
  RESV_DEL_HOLD: 'queued',
  REQUEUE_FED: 'queued',
  REQUEUE_HOLD: 'queued',
  REQUEUED: 'queued',
  RESIZING: 'running',
  REVOKED: 'cancelled',
  SIGNALING: 'running',
  SPECIAL_EXIT: 'queued',
  STAGE_OUT: 'running',
  STOPPED: 'running',
  SUSPENDED: 'running',
  TIMEOUT: 'failed',
}

/** Undefined for a word that is not in the table. */
export function stateOf(word: string): JobState | undefined {
  return Object.hasOwn(STATES, word) ? STATES[word] : undefined
}
