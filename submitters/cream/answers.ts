import { UnsureError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import type { JobStatus, Outcome } from '../../core/domain/submitter.ts'
import { faultOf, shorten } from './faults.ts'
import { statusFor } from './states.ts'
import { hostOfId, isJobId, numberOf } from './target.ts'

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
 * What became of a submission. The client prints the id, alone in its line, once the job was started; a refusal of the
 * description is a warning only, and the exit code 0. Throws UnsureError when a job may have been started all the same.
 */
export function submissionOf(ran: Ran, host: string): Outcome<{ nativeId: string }> {
  const ids = new Set(linesOf(ran.out).filter(isJobId))
  const [id] = ids
  if (id !== undefined && ids.size === 1 && hostOfId(id) === host) return { ok: true, value: { nativeId: id } }
  const { kind, words } = faultOf(textOf(ran))
  if (ids.size > 0) throw new UnsureError(`the computing element ${host} answered with an id that is not its own: ${words}`)
  if (ran.code === null || ran.isCut || kind === 'unclear' || kind === 'lost')
    throw new UnsureError(`no id came back and it is not known whether the job was started: ${words || `exit code ${ran.code}`}`)
  return { ok: false, transient: kind !== 'denied' && kind !== 'refusal', reason: words }
}

/** What stands after `******  JobID=[` of each job. */
function blocksOf(text: string): { id: string; block: string }[] {
  const blocks = linesOf(text)
    .join('\n')
    .split(/^\*{6} {2}JobID=\[/m)
    .slice(1)
  return blocks.flatMap((block) => {
    const id = /^([^\]\s]{1,300})\](?:\n|$)/.exec(block.slice(0, 400))?.[1]
    return id === undefined ? [] : [{ id, block }]
  })
}

/** The ids in a list of level 2 whose description holds the label; an id without its service is of `address`. */
export function idsOfLabel(text: string, label: string, address: string): string[] {
  const own = blocksOf(text).filter(({ block }) => block.includes(`"JOB_LABEL=${label}"`))
  return [...new Set(own.map(({ id }) => (id.includes('/') ? id : `https://${address}/${id}`)).filter(isJobId))]
}

/** The answers of `glite-ce-job-status`, level 0, by the last part of the id. An id that stands there twice proves nothing. */
export function statesIn(ran: Pick<Ran, 'out' | 'isCut' | 'code'>): Map<string, Outcome<JobStatus>> {
  const answers = new Map<string, Outcome<JobStatus>>()
  for (const { id, block } of blocksOf(wholeBlocks(ran))) {
    const key = numberOf(id)
    answers.set(key, answers.has(key) ? { ok: false, transient: true, reason: `${key} was answered twice` } : answerIn(block))
  }
  return answers
}

/** The last block of an output that was cut, or of a client that crashed, may lack the exit code. */
function wholeBlocks({ out, isCut, code }: Pick<Ran, 'out' | 'isCut' | 'code'>): string {
  return isCut || code === null ? out.slice(0, Math.max(0, out.lastIndexOf('\n******  JobID=[') + 1)) : out
}

function answerIn(block: string): Outcome<JobStatus> {
  const fault = /^\tFor this job CREAM has returned a fault:(.*)$/m.exec(block)?.[1]
  if (fault !== undefined) return faultyAnswer(fault)
  const status = fieldOf(block, 'Status')
  if (status === undefined) return { ok: false, transient: true, reason: `no status in the answer: ${shorten(block)}` }
  return { ok: true, value: statusFor({ status, exitCode: fieldOf(block, 'ExitCode'), reason: fieldOf(block, 'FailureReason') }) }
}

/** The service's JobUnknownFault has no name in this text; its words do. */
function faultyAnswer(fault: string): Outcome<JobStatus> {
  const { kind, words } = faultOf(fault)
  if (/job ?unknown|unknown job|not (?:been )?found|does(?:n't| not) exist|no such job/i.test(words))
    return { ok: true, value: { state: 'missing', native: words } }
  return { ok: false, transient: kind !== 'denied', reason: words }
}

function fieldOf(block: string, name: string): string | undefined {
  const value = new RegExp(`^\\t${name} *= \\[(.{0,2000}?)\\]?$`, 'm').exec(block)?.[1]
  return value === undefined ? undefined : shorten(value)
}

/** Why jobs were not cancelled or purged, by the last part of their ids; those that are not named were. */
export function refusalsIn(text: string): Map<string, string> {
  const lines = linesOf(text).map((line) => /^Couldn't (?:cancel|purge) job \[([^\]\s]{1,300})\]:(.*)$/.exec(line))
  return new Map(lines.flatMap((found) => (found === null ? [] : [[numberOf(found[1] ?? ''), shorten(found[2] ?? '')] as const])))
}
