import { challengeStream, runStream } from '../domain/event.ts'
import type { RunState } from '../domain/run-state.ts'
import type { Core } from './deps.ts'
import { readRunState } from './view.ts'

/** `stopped`: as it stands in the log, where the first word counts. `agents`: how many are still to be told, or silent. */
export type Stopped = { run: string; stopped: NonNullable<RunState['stopped']>; agents: number }

type Stop = { by: string; reason: string }

/** Full stop: from this commit on the gate lets nothing through but what ends things, and every agent is told to stop. May be repeated. */
export async function stopRun({ store }: Pick<Core, 'store'>, stop: Stop & { run: string }): Promise<Stopped> {
  const { run, by, reason } = stop
  const state = await readRunState(store, run)
  const stopJobs = state.plan.sites.map((site) => challengeStream(run, site.name))
  const facts = [{ stream: runStream(run), type: 'RunStopped' as const, data: { by, reason }, key: 'stopped' }]
  await store.commit({ run, facts, stopJobs })
  const { stopped } = await readRunState(store, run)
  const jobs = await store.liveness(run)
  return { run, stopped: stopped!, agents: jobs.filter((job) => job.state !== 'stopped' && job.state !== 'expected').length }
}

/** Every run that was launched and has not ended, those that were stopped already among them. One that fails keeps no other going. */
export async function stopAllRuns(core: Pick<Core, 'store'>, stop: Stop): Promise<Stopped[]> {
  const rows = await core.store.listRuns()
  const outcomes = await Promise.allSettled(rows.map(({ run }) => stopIfOpen(core, { run, ...stop })))
  const failed = outcomes.find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return outcomes.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
}

async function stopIfOpen(core: Pick<Core, 'store'>, stop: Stop & { run: string }): Promise<Stopped[]> {
  const { launchedMs, endedMs } = await readRunState(core.store, stop.run)
  return launchedMs === undefined || endedMs !== undefined ? [] : [await stopRun(core, stop)]
}
