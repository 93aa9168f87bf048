import { UnsureError } from '../../core/domain/errors.ts'
import type { Ran } from '../../core/domain/reach.ts'
import type { JobStatus, Outcome } from '../../core/domain/submitter.ts'
import { MARK } from './config.ts'
import { faultOf, isUnknownTask, textOf } from './faults.ts'
import { statusFor } from './states.ts'
import { isTask } from './task.ts'

/** Whole lines of both streams only: what an output that was cut ends with could be half a name. */
function linesOf({ out, err }: Pick<Ran, 'out' | 'err'>): string[] {
  const whole = (text: string) => text.slice(0, text.lastIndexOf('\n') + 1)
  return textOf({ out: whole(out), err: whole(err) })
    .split('\n')
    .map((line) => line.trimEnd())
}

/**
 * What became of a submission (Commands/submit.py). Before the client says that it sends the request nothing has happened.
 * Throws UnsureError when a task may have been made all the same.
 */
export function submissionOf(ran: Ran, requestName: string): Outcome<{ nativeId: string }> {
  const text = textOf(ran)
  const names = new Set(linesOf(ran).flatMap((line) => /^Task name:\s+(\S+)$/.exec(line)?.[1] ?? []))
  const [name = ''] = names
  const isDelivered = /^Success: Your task has been delivered to the (?:\w+ )?CRAB3 server\.$/m.test(text)
  if (isDelivered && names.size === 1 && isTask(name) && name.endsWith(`_crab_${requestName}`))
    return { ok: true, value: { nativeId: name } }
  const { kind, words } = faultOf(ran)
  const wasSent = /Sending the request to the server/.test(text) || ran.code === null || ran.isCut
  if (isDelivered || (kind === 'lost' && wasSent) || (kind === 'unclear' && (wasSent || ran.code === 0)))
    throw new UnsureError(`no name of the task came back and it is not known whether there is one: ${words}`)
  return { ok: false, transient: kind !== 'denied' && kind !== 'refusal', reason: words }
}

/** The state of a task in what `crab status --json` prints, or why there is none. */
export function statusOf(ran: Ran, task: string): Outcome<JobStatus> {
  if (ran.isCut || ran.code === null) return { ok: false, transient: true, reason: 'the client did not say all that it had to say' }
  const text = textOf(ran)
  const lines = linesOf(ran)
  const server = wordAfter(lines, 'Status on the CRAB server')
  if (server !== undefined && wordAfter(lines, 'Task name') === task) {
    const scheduler = wordAfter(lines, 'Status on the scheduler')
    // While a command is under way it is told behind the state.
    return { ok: true, value: statusFor({ server: server.replace(/ on command .*$/, ''), scheduler, ...jobOf(lines) }) }
  }
  if (isUnknownTask(text)) return { ok: true, value: { state: 'missing', native: 'impossible to find task' } }
  const { kind, words } = faultOf(ran)
  return { ok: false, transient: kind !== 'denied', reason: words }
}

function wordAfter(lines: readonly string[], name: string): string | undefined {
  const line = lines.find((one) => one.startsWith(`${name}:`))
  const value = line?.slice(name.length + 1).trim()
  return value === undefined || value === '' || value.length > 300 ? undefined : value
}

/** The line that `--json` adds tells the exit code too; the table above it only the state. */
function jobOf(lines: readonly string[]): { job?: string; exitCode?: number } {
  const json = lines.find((line) => line.startsWith('{'))
  const told = json === undefined ? undefined : jobInJson(json)
  if (told !== undefined) return told
  const job = lines.map((line) => /^Jobs status:\s+([A-Za-z]{1,40})\s+\d{1,3}\.\d%/.exec(line)?.[1]).find((word) => word !== undefined)
  return job === undefined ? {} : { job }
}

function jobInJson(json: string): { job?: string; exitCode?: number } | undefined {
  try {
    const job = (JSON.parse(json) as { 1?: { State?: unknown; Error?: unknown } })['1']
    if (typeof job?.State !== 'string' || !/^[A-Za-z]{1,40}$/.test(job.State)) return undefined
    const code: unknown = Array.isArray(job.Error) ? job.Error[0] : undefined
    return { job: job.State, ...(typeof code === 'number' && Number.isInteger(code) ? { exitCode: code } : {}) }
  } catch {
    return undefined
  }
}

/** The tasks of `crab tasks` with this request name; undefined when the answer is not such a list. */
export function tasksNamed(ran: Pick<Ran, 'out' | 'err'>, requestName: string): string[] | undefined {
  const lines = linesOf(ran)
  if (lines.some((line) => line.startsWith('No tasks found from '))) return []
  if (!lines.some((line) => line.startsWith('List of tasks from '))) return undefined
  return [...new Set(lines.filter((line) => isTask(line) && line.endsWith(`_crab_${requestName}`)))]
}

/** What the job itself wrote, of the log of all that ran around it. CRAB puts a prefix before each line of a job's own. */
export function outputIn(log: string): string | undefined {
  const lines = log.split('\n')
  const begin = lines.findIndex((line) => line.endsWith(MARK.begin) && line.length < 200)
  if (begin < 0) return undefined
  const prefix = lines[begin]?.slice(0, -MARK.begin.length) ?? ''
  const own = lines
    .slice(begin + 1)
    .map((line) => (line === prefix.trimEnd() ? '' : line.startsWith(prefix) ? line.slice(prefix.length) : line))
  const end = own.indexOf(MARK.end)
  return own.slice(0, end < 0 ? own.length : end).join('\n')
}
