import type { JobState, JobStatus } from '../../core/domain/submitter.ts'

/**
 * The states of logging and bookkeeping, https://edms.cern.ch/document/571273 (L&B user's guide, "job state machine"), with
 * what glite-wms-job-status writes behind `Done` (wmsui_api.py of https://github.com/italiangrid/org.glite.wms).
 */
const STATES: Readonly<Record<string, JobState>> = {
  submitted: 'queued',
  waiting: 'queued',
  ready: 'queued',
  scheduled: 'queued',
  running: 'running',
  'done(success)': 'ended',
  'done(exit code !=0)': 'failed',
  'done(failed)': 'failed',
  'done(cancelled)': 'cancelled',
  aborted: 'failed',
  cancelled: 'cancelled',
  cleared: 'missing',
  purged: 'missing',
  undef: 'unknown',
  unknown: 'unknown',
}

export type Told = { status: string; exitCode: string | undefined; reason: string | undefined }

/** What stands in brackets is glued to the word in some versions and not in others. */
export function statusFor({ status, exitCode = '', reason = '' }: Told): JobStatus {
  const key = status
    .toLowerCase()
    .replace(/\s*\(\s*/, '(')
    .trim()
  const state = Object.hasOwn(STATES, key) ? (STATES[key] ?? 'unknown') : 'unknown'
  const native = [status, exitCode === '' ? '' : `exit code ${exitCode}`, reason].filter((part) => part !== '').join(', ')
  const isFailure = state === 'ended' && /^-?\d+$/.test(exitCode) && Number(exitCode) !== 0
  return { state: isFailure ? 'failed' : state, native }
}
