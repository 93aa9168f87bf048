import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execIn, type Payload, startPayload } from './jobs.ts'

export type Job = { id: number; status: string; queue: string; exitCode: number | null; payload?: Payload }
export type Task = {
  id: number
  user: string
  parameters: Record<string, unknown>
  /** Before JEDI takes it up it is known by its parameters alone. */
  isTakenUp: boolean
  status: string
  dialog: string
  jobs: Job[]
}

export type Pace = {
  /** From registration to JEDI, ms. On a real server some minutes. */
  takeUpMs: number
  /** Between two states, ms. */
  stepMs: number
  /** From a command to its effect, ms. */
  commandMs: number
}

export const OVER = ['done', 'finished', 'failed', 'broken', 'aborted', 'exhausted']

/** Tasks of one job each, really run on this machine when the queue is known. */
export type Jedi = {
  folder: string
  queues: readonly string[]
  pace: Pace
  tasks: Map<number, Task>
  /** The names of the tasks whose jobs were begun, once for each time. */
  begins: string[]
  works: Set<Promise<void>>
  closing: AbortController
  lastTask: number
  lastJob: number
}

export function createJedi(folder: string, queues: readonly string[], pace: Pace): Jedi {
  const empty = { tasks: new Map(), begins: [], works: new Set<Promise<void>>(), closing: new AbortController() }
  return { folder, queues, pace, ...empty, lastTask: 60_000, lastJob: 7_000_000 }
}

export function register(jedi: Jedi, user: string, parameters: Record<string, unknown>): Task {
  const task: Task = { id: ++jedi.lastTask, user, parameters, isTakenUp: false, status: 'waiting', dialog: '', jobs: [] }
  jedi.tasks.set(task.id, task)
  follow(jedi, live(jedi, task))
  return task
}

/** Runs an old task once more. */
export function runAgain(jedi: Jedi, task: Task): void {
  task.status = 'rerefine'
  follow(jedi, live(jedi, task))
}

export function abort(jedi: Jedi, task: Task): void {
  follow(jedi, end(jedi, task))
}

export async function closeJedi(jedi: Jedi): Promise<void> {
  jedi.closing.abort()
  await Promise.all([...jedi.tasks.values()].flatMap((task) => task.jobs.map((job) => job.payload?.kill())))
  await Promise.all(jedi.works)
}

function follow({ works }: Jedi, work: Promise<void>): void {
  works.add(work)
  void work.finally(() => works.delete(work))
}

/** Ends at once when all is closed. */
async function pause({ closing: { signal } }: Jedi, ms: number): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

function isHalted({ closing }: Jedi, { status }: Task): boolean {
  return closing.signal.aborted || status === 'aborting' || OVER.includes(status)
}

/** Goes through the states one by one, unless the task is aborted on the way. */
async function walk(jedi: Jedi, task: Task, steps: { of: Task | Job; states: readonly string[] }): Promise<void> {
  for (const state of steps.states) {
    await pause(jedi, jedi.pace.stepMs)
    if (isHalted(jedi, task)) return
    steps.of.status = state
  }
}

async function live(jedi: Jedi, task: Task): Promise<void> {
  await pause(jedi, jedi.pace.takeUpMs)
  if (jedi.closing.signal.aborted) return
  task.isTakenUp = true
  await walk(jedi, task, { of: task, states: ['registered', 'defined', 'ready'] })
  if (isHalted(jedi, task)) return
  const exec = execIn(task.parameters.jobParameters)
  const isKnown = jedi.queues.includes(String(task.parameters.site))
  if (isKnown && exec !== undefined) return work(jedi, task, exec)
  task.dialog = isKnown ? 'no payload in the job parameters' : `unknown PandaQueue ${task.parameters.site}`
  task.status = 'broken'
}

async function work(jedi: Jedi, task: Task, exec: string): Promise<void> {
  const job: Job = { id: ++jedi.lastJob, status: 'defined', queue: String(task.parameters.site), exitCode: null }
  task.jobs.push(job)
  task.status = 'running'
  await walk(jedi, task, { of: job, states: ['assigned', 'activated', 'sent', 'starting'] })
  if (isHalted(jedi, task)) return
  jedi.begins.push(String(task.parameters.taskName))
  job.payload = startPayload(exec, join(jedi.folder, `job-${job.id}`))
  job.status = 'running'
  const code = await job.payload.ended
  if (isHalted(jedi, task)) return
  job.exitCode = code
  await walk(jedi, task, { of: job, states: ['holding', code === 0 ? 'finished' : 'failed'] })
  await walk(jedi, task, { of: task, states: [code === 0 ? 'done' : 'failed'] })
}

async function end(jedi: Jedi, task: Task): Promise<void> {
  await pause(jedi, jedi.pace.commandMs)
  if (isHalted(jedi, task)) return
  task.status = 'aborting'
  await Promise.all(task.jobs.map((job) => job.payload?.kill()))
  for (const job of task.jobs) if (!['finished', 'failed'].includes(job.status)) job.status = 'cancelled'
  await pause(jedi, jedi.pace.stepMs)
  task.status = 'aborted'
}
