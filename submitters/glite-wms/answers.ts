import { UnsureError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import type { JobStatus, Outcome } from '../../core/domain/submitter.ts'
import { faultOf, shorten } from './faults.ts'
import type { WmsOptions } from './schema.ts'
import { statusFor } from './states.ts'
import { isJobId, isOurServer, serverOfId } from './target.ts'

export function textOf({ out, err }: Pick<Ran, 'out' | 'err'>): string {
  return `${out}\n${err}`
}

/** Whole lines only: what an output that was cut ends with could be half an id. */
function linesOf(text: string): string[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.trimEnd())
}

/**
 * What became of a submission: the banner of success, and the id alone in its line. Throws UnsureError when a job may have
 * been started all the same.
 */
export function submissionOf(ran: Ran, options: WmsOptions): Outcome<{ nativeId: string }> {
  const ids = new Set(linesOf(ran.out).filter(isJobId))
  const [id] = ids
  const isSuccess = /^=+ glite-wms-job-submit Success =+$/m.test(ran.out)
  if (isSuccess && id !== undefined && ids.size === 1 && isOurServer(serverOfId(id), options)) return { ok: true, value: { nativeId: id } }
  const { kind, words } = faultOf(textOf(ran))
  if (id !== undefined && isSuccess)
    throw new UnsureError(`the id is of a server that options.lb does not name, or not the only one: ${words}`)
  if (ran.code === 0 || ran.code === null || ran.isCut || kind === 'unclear' || kind === 'lost')
    throw new UnsureError(`no id came back and it is not known whether the job was started: ${words || `exit code ${ran.code}`}`)
  return { ok: false, transient: kind !== 'denied' && kind !== 'refusal', reason: words }
}

/** The jobs in an answer of `glite-wms-job-status`. An id that stands there twice proves nothing: a reason may hold anything. */
export function statesIn({ out, isCut, code }: Pick<Ran, 'out' | 'isCut' | 'code'>): Map<string, JobStatus | 'twice'> {
  // The last block of an output that was cut, or of a client that crashed, may lack the exit code.
  const isPartial = isCut || code === null
  const text = isPartial ? out.slice(0, Math.max(0, out.lastIndexOf('\nStatus info for the Job : ') + 1)) : out
  const answers = new Map<string, JobStatus | 'twice'>()
  for (const block of linesOf(text)
    .join('\n')
    .split(/^[ \t]*Status info for the Job : /m)
    .slice(1)) {
    const id = block.slice(0, 400).split('\n', 1)[0] ?? ''
    const status = fieldOf(block, 'Current Status')
    if (!isJobId(id) || status === undefined) continue
    const told = { status, exitCode: fieldOf(block, 'Exit code'), reason: fieldOf(block, 'Status Reason') }
    answers.set(id, answers.has(id) ? 'twice' : statusFor(told))
  }
  return answers
}

function fieldOf(block: string, name: string): string | undefined {
  const value = new RegExp(`^[ \\t]*${name}:[ \\t]+(.{1,2000})$`, 'm').exec(block)?.[1]
  return value === undefined ? undefined : shorten(value)
}

/** The ids that a cancellation was taken for; of several some may be refused, and the exit code is 0 all the same. */
export function cancelledIn(text: string): Set<string> {
  const lines = linesOf(text)
  const start = lines.findIndex((line) => /^=+ glite-wms-job-cancel Success =+$/.test(line))
  const ids = lines.slice(start + 1).flatMap((line) => (line.startsWith('- ') ? [line.slice(2)] : []))
  return new Set(start < 0 ? [] : ids.filter(isJobId))
}

/** Whether a query by tag found nothing, and every bookkeeping server of ours was really asked. */
export function isNoMatch(text: string, options: WmsOptions): boolean {
  const asked = new Set(
    [...text.matchAll(/Retrieving Information from LB server ([A-Za-z0-9.-]{1,253}):\d/g)].map((found) => found[1]?.toLowerCase()),
  )
  const wasAsked = options.lb.every((lb) => asked.has(lb.replace(/:\d+$/, '').toLowerCase()))
  const errors = text.match(/API_NATIVE_ERROR/g)?.length ?? 0
  const empty = text.match(/no matching jobs? found/gi)?.length ?? 0
  return wasAsked && errors <= empty && /no matching jobs? found|UI_NO_JOB_FOUND|LB_API_OPEN_ALL/i.test(text)
}
