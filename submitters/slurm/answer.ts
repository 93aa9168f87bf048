import type { JobStatus, Outcome } from '../../core/domain/submitter.ts'
import { stateOf } from './states.ts'

/** What login.sh says of one id: the folder's words, slurm's, and those of accounting. */
type Known = { cancelled: boolean; exit?: number; word?: string; reason?: string; accounted?: { word: string; exit: string } }
export type Answer = { none: Set<string>; known: Map<string, Known>; accountingFailed?: string }

const LINES: readonly [RegExp, (answer: Answer, parts: RegExpExecArray) => void][] = [
  [/^none (\d{1,10})$/, ({ none }, [, id = '']) => none.add(id)],
  [
    /^ours (\d{1,10}) (cancelled|-) (\d{1,3}|-)$/,
    ({ known }, [, id = '', mark, exit]) =>
      known.set(id, { cancelled: mark === 'cancelled', ...(exit === '-' ? {} : { exit: Number(exit) }) }),
  ],
  [
    /^state (\d{1,10})\|([A-Z_]{1,40})\|(.{0,200})$/,
    ({ known }, [, id = '', word = '', reason = '']) => extend(known, id, { word, reason: wordsOf(reason) }),
  ],
  [
    /^acct (\d{1,10})\|([A-Z_]{1,40})[^|]{0,40}\|([\d:]{1,11})$/,
    ({ known }, [, id = '', word = '', exit = '']) => extend(known, id, { accounted: { word, exit } }),
  ],
  [/^acct-failed (.*)$/, (answer, [, words = '']) => Object.assign(answer, { accountingFailed: wordsOf(words) })],
]

/** Reads the lines of login.sh, of which the last must be `end`; undefined when it was cut or is something else. */
export function readAnswer(text: string): Answer | undefined {
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.pop() !== 'end') return undefined
  const answer: Answer = { none: new Set(), known: new Map() }
  for (const line of lines) {
    for (const [pattern, take] of LINES) {
      const parts = pattern.exec(line)
      if (parts) take(answer, parts)
    }
  }
  return answer
}

function extend(known: Map<string, Known>, id: string, more: Partial<Known>): void {
  const before = known.get(id)
  if (before) known.set(id, { ...before, ...more })
}

/** Slurm's word wins over the folder's, the folder's over accounting; what nobody tells of is missing. */
export function statusIn({ none, known, accountingFailed }: Answer, id: string): Outcome<JobStatus> {
  const job = known.get(id)
  if (none.has(id)) return { ok: true, value: { state: 'missing', native: 'no folder of this job' } }
  if (job === undefined) return { ok: false, transient: true, reason: 'the login host said nothing of this job' }
  if (job.word !== undefined) return { ok: true, value: live(job.word, job) }
  if (job.exit !== undefined) return { ok: true, value: exited(job.exit, job) }
  if (job.accounted) return { ok: true, value: live(job.accounted.word, { reason: `exit ${job.accounted.exit}` }) }
  if (accountingFailed !== undefined) return { ok: false, transient: true, reason: `sacct failed: ${accountingFailed}` }
  if (job.cancelled) return { ok: true, value: { state: 'cancelled', native: 'gone after scancel' } }
  return { ok: true, value: { state: 'missing', native: 'gone from slurm without an exit code' } }
}

function live(word: string, { exit, reason }: Pick<Known, 'exit' | 'reason'>): JobStatus {
  const state = stateOf(word) ?? 'unknown'
  const more = [reason === 'None' || reason === '' ? undefined : reason, exit === undefined ? undefined : `exit ${exit}`]
  return { state, native: [word, ...more.filter((one) => one !== undefined)].join(', ') }
}

function exited(exit: number, { cancelled }: Known): JobStatus {
  const native = `exit ${exit}, gone from slurm`
  if (cancelled) return { state: 'cancelled', native }
  return { state: exit === 0 ? 'ended' : 'failed', native }
}

/** Foreign text as one short line. */
export function wordsOf(text: string): string {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 300)}...` : line
}
