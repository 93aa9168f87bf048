import type { JobState, JobStatus } from '../../core/domain/submitter.ts'

/** JobStatus: https://htcondor.readthedocs.io/en/latest/codes-other-values/job-status-codes.html */
const STATES: Readonly<Record<string, { state: JobState; word: string }>> = {
  '1': { state: 'queued', word: 'Idle' },
  '2': { state: 'running', word: 'Running' },
  '3': { state: 'cancelled', word: 'Removed' },
  '4': { state: 'ended', word: 'Completed' },
  '5': { state: 'failed', word: 'Held' },
  '6': { state: 'running', word: 'Transferring Output' },
  '7': { state: 'running', word: 'Suspended' },
}

/** HoldReasonCode 16: the input is still being spooled. https://htcondor.readthedocs.io/en/latest/codes-other-values/hold-reason-codes.html */
const SPOOLING = '16'

/** What is asked of a job, in this order; the last one may hold spaces. */
export const ATTRIBUTES = [
  'JobStatus',
  'HoldReasonCode',
  'HoldReasonSubCode',
  'ExitBySignal',
  'ExitCode',
  'ExitSignal',
  'ifThenElse(JobStatus == 3, RemoveReason, HoldReason)',
] as const

/** The values of ATTRIBUTES as `-af` prints them; `undefined` is a value. */
export function statusFrom(values: readonly string[]): JobStatus {
  const [status = '', hold = '', subcode = '', bySignal = '', exitCode = '', exitSignal = '', ...rest] = values
  const reason = rest.join(' ') === 'undefined' ? '' : rest.join(' ')
  const known = Object.hasOwn(STATES, status) ? STATES[status] : undefined
  if (known === undefined) return { state: 'unknown', native: `JobStatus ${status}` }
  if (status === '4') return ended({ bySignal, exitCode, exitSignal })
  const code = status === '5' ? ` (${hold}.${subcode})` : ''
  const native = `${known.word}${code}${reason === '' ? '' : `: ${reason}`}`
  return { state: status === '5' && hold === SPOOLING ? 'queued' : known.state, native }
}

function ended({ bySignal, exitCode, exitSignal }: { bySignal: string; exitCode: string; exitSignal: string }): JobStatus {
  if (bySignal === 'true') return { state: 'failed', native: `Completed: signal ${exitSignal}` }
  if (!/^-?\d+$/.test(exitCode)) return { state: 'unknown', native: `Completed: exit code ${exitCode}` }
  return { state: exitCode === '0' ? 'ended' : 'failed', native: `Completed: exit ${exitCode}` }
}
