import type { JobState, JobStatus } from '../../core/domain/submitter.ts'

/**
 * CREAM's states, job_statuses.cpp of https://github.com/italiangrid/cream-client-api-c and
 * https://wiki.italiangrid.it/twiki/bin/view/CREAM/UserGuide (appendix "CREAM job states").
 */
const STATES: Readonly<Record<string, JobState>> = {
  REGISTERED: 'queued',
  PENDING: 'queued',
  IDLE: 'queued',
  HELD: 'queued',
  RUNNING: 'running',
  'REALLY-RUNNING': 'running',
  CANCELLED: 'cancelled',
  'DONE-OK': 'ended',
  'DONE-FAILED': 'failed',
  ABORTED: 'failed',
  PURGED: 'missing',
  UNKNOWN: 'unknown',
  NA: 'unknown',
}

export type Told = { status: string; exitCode: string | undefined; reason: string | undefined }

/** DONE-OK only says that the job's wrapper ended: the exit code tells how. `W` = the code is still awaited. */
export function statusFor({ status, exitCode = '', reason = '' }: Told): JobStatus {
  const state = Object.hasOwn(STATES, status) ? (STATES[status] ?? 'unknown') : 'unknown'
  const native = [status, exitCode === '' ? '' : `exit code ${exitCode}`, reason].filter((part) => part !== '').join(', ')
  if (state !== 'ended') return { state, native }
  if (exitCode === 'W') return { state: 'running', native }
  return { state: /^-?\d+$/.test(exitCode) && Number(exitCode) !== 0 ? 'failed' : 'ended', native }
}
