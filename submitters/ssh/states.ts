import { constants } from 'node:os'
import type { JobStatus } from '../../core/domain/submitter.ts'

/** What remote.sh says of a job, where it is more than one word; its words are its own, so there is no foreign page. */
const STATES: ReadonlyMap<string, JobStatus> = new Map(
  Object.entries<JobStatus>({
    missing: { state: 'missing', native: 'no folder' },
    waiting: { state: 'queued', native: 'not started' },
    running: { state: 'running', native: 'running' },
    gone: { state: 'failed', native: 'gone without an exit code' },
  }),
)

/** The signals by which people end a process: whoever sent it, it was not its own fault. */
const ENDING = ['TERM', 'KILL', 'INT', 'HUP', 'QUIT']

/** `<word> [<code>] [cancelled]`. */
export function statusOf(words: string): JobStatus {
  const [, word = '', code, cancelled] = /^([a-z]+)(?: (\d{1,3}))?( cancelled)?$/.exec(words) ?? []
  if (cancelled !== undefined && (word === 'exit' || word === 'waiting' || word === 'gone'))
    return { state: 'cancelled', native: 'cancelled' }
  if (word === 'exit' && code !== undefined) return endOf(Number(code))
  return STATES.get(word) ?? { state: 'unknown', native: words }
}

/** A shell gives 128 and the signal's number for a command that a signal ended (POSIX, XCU 2.8.2, as all shells do it). */
function endOf(code: number): JobStatus {
  if (code === 0) return { state: 'ended', native: 'exit 0' }
  const signal = Object.entries(constants.signals)
    .find(([, number]) => number === code - 128)?.[0]
    .replace('SIG', '')
  if (signal === undefined) return { state: 'failed', native: `exit ${code}` }
  const isEnded = ENDING.includes(signal)
  return { state: isEnded ? 'cancelled' : 'failed', native: isEnded ? `signal ${signal}, not sent by us` : `signal ${signal}` }
}
