import { challengeStream, runStream } from '../domain/event.ts'
import type { Core } from './deps.ts'
import { readRunState } from './view.ts'

/** Full stop: from this commit on the gate lets nothing through but what ends things, and every agent is told to stop. */
export async function stopRun(core: Core, stop: { run: string; by: string; reason: string }): Promise<{ agents: number }> {
  const { run, by, reason } = stop
  const state = await readRunState(core.store, run)
  const streams = state.plan.sites.map((site) => challengeStream(run, site.name))
  const facts = [{ stream: runStream(run), type: 'RunStopped' as const, data: { by, reason }, key: 'stopped' }]
  await core.store.commit({ run, facts, stopJobs: streams })
  const jobs = await core.store.liveness(run)
  return { agents: jobs.filter((job) => job.state !== 'stopped' && job.state !== 'expected').length }
}
