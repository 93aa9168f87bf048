import { rm } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type JobStatus, Label, MAX_OUTPUT_BYTES, type Outcome } from '../../core/domain/submitter.ts'
import { has, jobFolder, readSome, writeOnce } from './files.ts'
import { livingPid, signalProcess } from './process.ts'

const POLL_MS = 25

const MISSING: Outcome<never> = { ok: false, transient: false, reason: 'there is no such job' }
const DONE: Outcome<null> = { ok: true, value: null }

/** Whether a job of this label was begun: a folder alone may be all that was done before we were killed. */
export function isStarted(root: string, label: string): boolean {
  return Label.safeParse(label).success && has(jobFolder(root, label), 'started')
}

function exists(root: string, label: string): boolean {
  return Label.safeParse(label).success && has(root, join('jobs', label))
}

export async function statusOf(root: string, label: string): Promise<JobStatus> {
  if (!exists(root, label)) return { state: 'missing', native: 'no folder' }
  const folder = jobFolder(root, label)
  const ended = await endOf(folder)
  if (ended) return ended
  if (!has(folder, 'started')) return notStarted(folder)
  if (await livingPid(folder, 'agent')) return { state: 'running', native: 'running' }
  if (await livingPid(folder, 'started')) return { state: 'queued', native: has(folder, 'agent') ? 'ending' : 'starting' }
  // The launcher may have written the exit code after we looked for it.
  return (await endOf(folder)) ?? cancellationOf(folder) ?? { state: 'failed', native: 'gone without an exit code' }
}

function notStarted(folder: string): JobStatus {
  return cancellationOf(folder) ?? { state: 'queued', native: 'not started' }
}

async function endOf(folder: string): Promise<JobStatus | undefined> {
  const text = await readSome(join(folder, 'exit'), 20)
  if (text === undefined) return undefined
  const code = Number(text)
  const cancelled = cancellationOf(folder)
  if (cancelled) return cancelled
  return code === 0 ? { state: 'ended', native: 'exit 0' } : { state: 'failed', native: wordFor(code) }
}

/** When both asked we cannot know whom it obeyed: then it was us. */
function cancellationOf(folder: string): JobStatus | undefined {
  if (has(folder, 'cancelled')) return { state: 'cancelled', native: 'cancelled' }
  return has(folder, 'cancelled-by-site') ? { state: 'cancelled', native: 'cancelled by the site' } : undefined
}

/** A shell gives 128 and the number of the signal that ended a command. */
function wordFor(code: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)
  return signal ? `signal ${signal[0].replace('SIG', '')}` : `exit ${code}`
}

/** Asks with SIGTERM, kills after the grace; a job that has ended is left as it is. */
export async function cancelJob(root: string, label: string, how: { graceMs: number; signal: AbortSignal }): Promise<Outcome<null>> {
  if (!exists(root, label)) return MISSING
  const folder = jobFolder(root, label)
  if (!(await isOpen(root, label))) return DONE
  await writeOnce(folder, 'cancelled', '')
  if (!has(folder, 'started')) return DONE
  await signalAgent(folder, 'SIGTERM')
  if (await isOver(root, label, how)) return DONE
  await signalAgent(folder, 'SIGKILL')
  if (await isOver(root, label, { ...how, graceMs: 2_000 })) return DONE
  return { ok: false, transient: true, reason: 'the job still runs after SIGKILL' }
}

async function signalAgent(folder: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const pid = await livingPid(folder, 'agent')
  if (pid !== undefined) signalProcess(pid, signal)
}

async function isOpen(root: string, label: string): Promise<boolean> {
  const { state } = await statusOf(root, label)
  return state === 'queued' || state === 'running'
}

async function isOver(root: string, label: string, how: { graceMs: number; signal: AbortSignal }): Promise<boolean> {
  return waitFor(async () => !(await isOpen(root, label)), how.graceMs, how.signal)
}

/** True as soon as the condition holds, false when the time is over or the caller gave up. */
export async function waitFor(condition: () => Promise<boolean> | boolean, ms: number, signal: AbortSignal): Promise<boolean> {
  for (let waited = 0; ; waited += POLL_MS) {
    if (await condition()) return true
    if (waited >= ms || signal.aborted) return false
    await pause(POLL_MS)
  }
}

export async function outputOf(root: string, label: string): Promise<Outcome<string>> {
  if (!exists(root, label)) return MISSING
  return { ok: true, value: (await readSome(join(jobFolder(root, label), 'output'), MAX_OUTPUT_BYTES)) ?? '' }
}

/** Forgets a job that is over; one that is gone already is as wished. */
export async function cleanJob(root: string, label: string): Promise<Outcome<null>> {
  if (!exists(root, label)) return DONE
  if (await isOpen(root, label)) return { ok: false, transient: true, reason: 'the job still runs: cancel it first' }
  await rm(jobFolder(root, label), { recursive: true, force: true })
  return DONE
}
