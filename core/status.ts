import { readRunState } from './app/view.ts'
import { buildReport } from './domain/build-report.ts'
import { type Event, siteOfStream } from './domain/event.ts'
import type { Light } from './domain/report.ts'
import type { Store } from './ports.ts'

export type Status = {
  run: string
  phase: string
  asOf: number
  sites: number
  jobs: { submitted: number; seen: number; stopped: number }
  heartbeats: number
  mails: { accepted: number; refused: number; answers: number; human: number }
  lights: Record<Light, number>
  /** Jobs that are held back, by site, and why. */
  paused: Record<string, string>
  work: { open: number; refused: number; unsure: string[] }
}

/** How a run fares, counted from its log and its open work. */
export async function statusOf(store: Store, run: string): Promise<Status> {
  await readRunState(store, run)
  const [events, jobs, effects] = await Promise.all([
    store.readRun(run),
    store.liveness(run),
    store.effects(run, ['queued', 'doing', 'deferred', 'refused', 'unsure']),
  ])
  const report = buildReport(events, { audience: 'csirt', tlp: 'TLP:AMBER' })
  const count = (type: Event['type']) => events.filter((event) => event.type === type).length
  return {
    run,
    phase: report.phase,
    asOf: report.asOf,
    sites: report.sites.length,
    jobs: { submitted: count('JobSubmitted'), seen: count('AgentSeen'), stopped: jobs.filter((job) => job.state === 'stopped').length },
    heartbeats: jobs.reduce((sum, job) => sum + job.count, 0),
    mails: {
      accepted: count('MailAccepted'),
      refused: count('MailRefused'),
      answers: count('MailReceived'),
      human: events.filter((event) => event.type === 'MailReceived' && event.data.kind === 'human').length,
    },
    paused: pausedJobs(events),
    lights: lightsOf(report.sites.map((site) => site.overall)),
    work: {
      open: effects.filter((one) => one.state !== 'refused' && one.state !== 'unsure').length,
      refused: effects.filter((one) => one.state === 'refused').length,
      unsure: effects.filter((one) => one.state === 'unsure').map((one) => one.id),
    },
  }
}

function pausedJobs(events: readonly Event[]): Record<string, string> {
  const went = new Set(events.filter((one) => one.type === 'JobSubmitting').map((one) => one.stream))
  const paused = events.filter((one) => one.type === 'JobPaused' && !went.has(one.stream))
  return Object.fromEntries(paused.map((one) => [siteOfStream(one.stream), one.type === 'JobPaused' ? one.data.reason : '']))
}

function lightsOf(lights: readonly Light[]): Record<Light, number> {
  const counts = { green: 0, amber: 0, red: 0, grey: 0, pending: 0 }
  for (const light of lights) counts[light]++
  return counts
}
