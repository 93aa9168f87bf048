import { setTimeout as pause } from 'node:timers/promises'
import type { Engine } from '../app/engine.ts'
import type { Liveness, Store } from '../ports.ts'

/** How long, by the machine's clock, a heartbeat or a farewell is waited for before the story goes on without it. */
const PATIENCE_MS = 20_000
const POLL_MS = 15

export type Waiting = { store: Store; engine: Engine; run: string; signal: AbortSignal; onTurn(): Promise<void> }

/** Jobs whose next word is awaited: since when, by the machine's clock. */
export type Awaited = { asked: Set<string>; seen: Map<string, number>; stopped: Map<string, number>; tasks: Map<string, number> }

/** Waits until nothing is in flight: no work is open or being done, and the agents that must speak have spoken. */
export async function settle(waiting: Waiting, awaited: Awaited): Promise<void> {
  for (;;) {
    waiting.signal.throwIfAborted()
    if ((await isQuiet(waiting)) && !(await agentsAwaited(waiting, awaited))) return
    await waiting.onTurn()
    await pause(POLL_MS)
  }
}

/** What was being done may have left facts that the first look did not see: only a second one tells. */
async function isQuiet({ engine, store, run }: Waiting): Promise<boolean> {
  if ((await engine.tick(run)) > 0) return false
  if ((await store.effects(run, ['doing'])).length > 0) return false
  return (await engine.tick(run)) === 0
}

async function agentsAwaited({ store, run }: Waiting, awaited: Awaited): Promise<boolean> {
  const jobs = await store.liveness(run)
  forget(awaited.seen, jobs, (job) => job.state !== 'expected')
  forget(awaited.stopped, jobs, (job) => job.state === 'stopped')
  return awaited.seen.size + awaited.stopped.size > 0 || jobs.some((job) => isTaskAwaited(awaited, job))
}

/** A living agent that has not told of its newest task. */
function isTaskAwaited({ tasks }: Awaited, job: Liveness): boolean {
  if (job.state !== 'alive' || job.newestTask === job.toldTask) return false
  const task = `${job.job} ${job.newestTask}`
  const since = tasks.get(task) ?? Date.now()
  tasks.set(task, since)
  return Date.now() - since < PATIENCE_MS
}

function forget(waited: Map<string, number>, jobs: readonly Liveness[], spoke: (job: Liveness) => boolean): void {
  for (const job of jobs) if (spoke(job)) waited.delete(job.job)
  for (const [job, since] of waited) if (Date.now() - since > PATIENCE_MS) waited.delete(job)
}
