import { z } from 'zod'
import { passesStop } from './app/gate.ts'
import { readRunState } from './app/view.ts'
import { buildReport } from './domain/build-report.ts'
import { consentOf } from './domain/consent.ts'
import { challengeStream, type Event, partyStream, siteOfStream } from './domain/event.ts'
import type { Plan } from './domain/plan.ts'
import type { Light } from './domain/report.ts'
import { pausedBy, type RunState } from './domain/run-state.ts'
import type { Effect, Store } from './ports.ts'

const count = z.int().nonnegative()
const Counts = z.object({ green: count, amber: count, red: count, grey: count, pending: count })

/** Times are in ms since 1970. */
export const Status = z.object({
  run: z.string(),
  phase: z.string(),
  asOf: z.number(),
  sites: count,
  jobs: z.object({ submitted: count, seen: count, stopped: count }),
  heartbeats: count,
  mails: z.object({ accepted: count, refused: count, answers: count, human: count }),
  lights: Counts,
  /** Of the parties of whom something is expected. */
  parties: Counts,
  /** Jobs that are held back, by site, and why. */
  paused: z.record(z.string(), z.string()),
  /** The pause that lasts. */
  pause: z
    .object({
      fromMs: z.number(),
      untilMs: z.number().exactOptional(),
      by: z.string(),
      reason: z.string(),
      because: z.enum(['officer', 'limit', 'real incident']),
    })
    .exactOptional(),
  stopped: z.object({ at: z.number(), by: z.string(), reason: z.string() }).exactOptional(),
  /** Absent when there are no canaries. `waiting`: the sites behind them that have not been let go. */
  wave: z.object({ canaries: count, seen: count, waiting: count, openedMs: z.number().exactOptional() }).exactOptional(),
  /** Sites that nobody has consented for, or that take part no longer. */
  consents: z.object({ missing: z.array(z.string()), withdrawn: z.array(z.string()) }),
  work: z.object({ open: count, held: count, refused: count, unsure: z.array(z.string()) }),
})
export type Status = z.infer<typeof Status>

/** How a run fares, counted from its log and its open work; of the sites and parties alone whose streams `sees` lets through. */
export async function statusOf(store: Store, run: string, sees: (stream: string) => boolean = () => true): Promise<Status> {
  const whole = await readRunState(store, run)
  const state = { ...whole, plan: { ...whole.plan, sites: whole.plan.sites.filter(({ name }) => sees(challengeStream(run, name))) } }
  const [allEvents, allJobs, allEffects] = await Promise.all([
    store.readRun(run),
    store.liveness(run),
    store.effects(run, ['queued', 'doing', 'deferred', 'held', 'refused', 'unsure']),
  ])
  const isSeen = ({ stream }: { stream: string }) => sees(stream)
  const [events, jobs, effects] = [allEvents.filter(isSeen), allJobs.filter(isSeen), allEffects.filter(isSeen)]
  const report = buildReport(allEvents, { audience: 'csirt', tlp: 'TLP:AMBER' })
  const scores = report.sites.filter(({ site }) => sees(challengeStream(run, site)))
  const parties = report.parties.filter(({ party }) => sees(partyStream(run, party)))
  const count = (type: Event['type']) => events.filter((event) => event.type === type).length
  return {
    run,
    phase: report.phase,
    asOf: report.asOf,
    sites: scores.length,
    jobs: { submitted: count('JobSubmitted'), seen: count('AgentSeen'), stopped: jobs.filter((job) => job.state === 'stopped').length },
    heartbeats: jobs.reduce((sum, job) => sum + job.count, 0),
    mails: {
      accepted: count('MailAccepted'),
      refused: count('MailRefused'),
      answers: count('MailReceived'),
      human: events.filter((event) => event.type === 'MailReceived' && event.data.kind === 'human').length,
    },
    paused: pausedJobs(events),
    ...controlOf(state, events),
    lights: lightsOf(scores.map((site) => site.overall)),
    parties: lightsOf(parties.map((party) => party.overall)),
    work: {
      open: effects.filter((one) => isOpen(one) && (state.stopped === undefined || passesStop(one))).length,
      held: effects.filter((one) => one.state === 'held').length,
      refused: effects.filter((one) => one.state === 'refused').length,
      unsure: effects.filter((one) => one.state === 'unsure').map((one) => one.id),
    },
  }
}

function isOpen({ state }: Effect): boolean {
  return state !== 'refused' && state !== 'unsure' && state !== 'held'
}

type Planned = RunState & { plan: Plan }

function controlOf(state: Planned, events: readonly Event[]): Pick<Status, 'pause' | 'stopped' | 'wave' | 'consents'> {
  const pause = pausedBy(state)
  const wave = waveOf(state, events)
  const { sites } = state.plan
  // Whether a consent has begun or is over is asked of the clock elsewhere; these two hold at any time.
  const without = (is: 'missing' | 'withdrawn') => sites.filter((site) => consentOf(state, site, 0).is === is).map((site) => site.name)
  return {
    ...(pause && { pause }),
    ...(state.stopped && { stopped: state.stopped }),
    ...(wave && { wave }),
    consents: { missing: without('missing'), withdrawn: without('withdrawn') },
  }
}

function waveOf({ plan, waveMs }: Planned, events: readonly Event[]): Status['wave'] {
  const canaries = plan.sites.filter((site) => site.canary)
  if (canaries.length === 0) return undefined
  const started = new Set(events.filter((one) => one.type === 'AgentSeen').map((one) => one.stream))
  const seen = canaries.filter((site) => started.has(challengeStream(plan.id, site.name))).length
  const waiting = waveMs === undefined ? plan.sites.length - canaries.length : 0
  return { canaries: canaries.length, seen, waiting, ...(waveMs !== undefined && { openedMs: waveMs }) }
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
