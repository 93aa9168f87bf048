import { FRAMEWORK, runStream } from '../domain/event.ts'
import { isNotice } from '../domain/mail.ts'
import { loadSeconds, type Order } from '../domain/task.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { Core } from './deps.ts'
import type { Intent } from './gate.ts'

/** What an effect counts against: how much of what, and what is said when there would be too much. */
export type Limit = { name: string; max: number; by: number; words: string }

export function limitOf({ effect, run, site }: Intent): Limit | undefined {
  const { limits } = run.plan.run
  if (effect.kind === 'dispatch-job') {
    const words = `the limit of ${limits.jobsPerSite} jobs a site is reached`
    return { name: `jobs at ${site?.name}`, max: limits.jobsPerSite, by: 1, words }
  }
  // That a run was stopped is told at any price.
  if (effect.kind === 'send-mail' && !isNotice(effect.payload.mail)) {
    return { name: 'mails', max: limits.mails, by: 1, words: `the run's limit of ${limits.mails} mails is reached` }
  }
  const seconds = effect.kind === 'send-task' ? loadSeconds(effect.payload.order as Order) : 0
  if (seconds === 0) return undefined
  const words = `the run's limit of ${limits.cpuSeconds} processor seconds would be passed`
  return { name: 'processor seconds', max: limits.cpuSeconds, by: seconds, words }
}

/** The run halts itself and says why; an officer goes on or ends it. */
export async function haltAtLimit({ store }: Pick<Core, 'store'>, run: string, reason: string): Promise<void> {
  const data = { by: FRAMEWORK, reason, because: 'limit' as const }
  await store.commit({ run, facts: [{ stream: runStream(run), type: 'RunPaused', data }] })
}

/** More heartbeats than were agreed: the run halts, and its agents are told to stop, since nothing else makes them fewer. */
export async function checkHeartbeats({ store }: Pick<Core, 'store'>, run: LaunchedRun): Promise<void> {
  const { heartbeats } = run.plan.run.limits
  const jobs = await store.liveness(run.plan.id)
  if (jobs.reduce((sum, job) => sum + job.count, 0) <= heartbeats) return
  const data = {
    by: FRAMEWORK,
    reason: `the run's limit of ${heartbeats} heartbeats is reached; its agents are told to stop for good`,
    because: 'limit' as const,
  }
  const fact = { stream: runStream(run.plan.id), type: 'RunPaused' as const, data, key: 'limit of heartbeats' }
  await store.commit({ run: run.plan.id, facts: [fact], stopJobs: jobs.map((job) => job.stream) })
}
