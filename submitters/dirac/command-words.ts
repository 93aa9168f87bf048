import { PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { Access } from '../../core/domain/event.ts'
import type { Ran } from '../../core/domain/reach.ts'
import { plainLine } from '../../core/domain/text.ts'
import type { Found } from './way.ts'

/** Whose fault a message tells of. */
export type Fault = 'refused' | 'credential' | 'unreachable' | 'description' | 'other'

/** DIRAC's words, with its error numbers where it gives them: dirac-common/src/DIRACCommon/Core/Utilities/DErrno.py. The first that fits counts. */
const FAULTS: readonly [RegExp, Fault][] = [
  [
    /proxy (has )?expired|expired proxy|no proxy found|can't (find|read|load|get) (a )?proxy|\( 110[0-9] :|certificate (has )?expired/i,
    'credential',
  ],
  [/unauthori[sz]ed|\( 1111 :|not authori[sz]ed|\b(banned|suspended)\b/i, 'refused'],
  [/connection refused|can't connect|name or service not known|no route to host|network is unreachable/i, 'unreachable'],
  [/\( 150[13] :|jdl syntax|invalid job description/i, 'description'],
]
const ACCESS: Readonly<Record<Fault, Access>> = {
  refused: 'refused',
  unreachable: 'unreachable',
  credential: 'unknown',
  description: 'unknown',
  other: 'unknown',
}

export function faultOf(words: string): Fault {
  return FAULTS.find(([pattern]) => pattern.test(words))?.[1] ?? 'other'
}

export function accessOf(words: string): Access {
  return ACCESS[faultOf(words)]
}

/** All that a command said, without what was only meant for a terminal. */
export function saidBy({ out, err, code, signal }: Ran): string {
  return plainLine(`${out} ${err}`) || `no word, exit ${code ?? signal}`
}

/** What a failed order means; a fault that we do not know may have come after it was done. */
export function failureOf(words: string): Error {
  const fault = faultOf(words)
  if (fault === 'refused' || fault === 'description') return new PermanentError(words)
  return fault === 'other' ? new UnsureError(words) : new TransientError(words)
}

/** `JobID = 11`: dirac_wms_job_submit.py. A list would be a parametric job, which we never send. */
export function submittedId(out: string): string | undefined {
  return /^JobID = ([1-9][0-9]{0,9})\s*$/m.exec(out)?.[1]
}

/**
 * `JobID=2 Status=Done; MinorStatus=Execution Complete; Site=LCG.EXAMPLE.org; `, one job a line: dirac_wms_job_status.py.
 * A job writes its ApplicationStatus itself: of each name the first counts.
 */
export function foundJobs(out: string): Map<string, Found> {
  const found = new Map<string, Found>()
  for (const line of out.split('\n')) {
    const [, id, rest] = /^JobID=([1-9][0-9]{0,9}) (.*)$/.exec(line) ?? []
    const status = rest === undefined ? undefined : field(rest, 'Status')
    if (id === undefined || rest === undefined || status === undefined || found.has(id)) continue
    found.set(id, { id, status, minor: field(rest, 'MinorStatus'), application: field(rest, 'ApplicationStatus') })
  }
  return found
}

/** An unknown id is left out of the answer. So is every id when something went wrong: then that was no answer. */
export function answeredJobs(ran: Ran, ids: readonly string[]): Map<string, Found> {
  const found = foundJobs(ran.out)
  const others = `${ran.out}\n${ran.err}`.replace(/^JobID=.*$/gm, '')
  const isWhole = ids.every((id) => found.has(id)) || !/\b(error|exception|traceback|can't|cannot)\b/i.test(others)
  if (ran.code === 0 && !ran.isCut && isWhole) return found
  throw new TransientError(saidBy(ran))
}

function field(line: string, name: string): string | undefined {
  return line
    .split('; ')
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1)
    .replace(/;\s*$/, '')
}

/**
 * `==> Selected 2 jobs with conditions: …`, then the ids with commas between them: dirac_wms_select_jobs.py. It ends with 0
 * also when it could not ask, and says `No jobs were selected` then too: only DIRAC's own `No jobs selected for conditions`,
 * or no error at all, means that there is none (Dirac.py, selectJobs). Throws otherwise.
 */
export function selectedIds(ran: Ran): string[] {
  const text = `${ran.out}\n${ran.err}`
  const [, , ids] = /==> Selected (\d+) jobs[^\n]*\n([0-9,]+)\s*$/m.exec(text) ?? []
  if (ids !== undefined && ran.code === 0) return ids.split(',').filter((id) => /^[1-9][0-9]{0,9}$/.test(id))
  const isAsked = !/can't select jobs/i.test(text) || /no jobs selected for conditions/i.test(text)
  if (ran.code === 0 && isAsked && /no jobs were selected/i.test(text)) return []
  const words = saidBy(ran)
  throw faultOf(words) === 'refused' ? new PermanentError(words) : new TransientError(words)
}
