import { InputError, messageOf, PermanentError, TransientError } from '../domain/errors.ts'
import { hostOf } from '../domain/loopback.ts'
import type { Plan, PlannedSite } from '../domain/plan.ts'
import type { JobRequest, Outcome, Submitter, SubmitterContext, Target } from '../domain/submitter.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { Effect, NewFact } from '../ports.ts'
import type { Deps } from './deps.ts'
import { CALL_DEADLINE_MS, deferOrGiveUp, withDeadline } from './effect.ts'
import { passGate } from './gate.ts'
import { plannedSite, readLaunchedRun, streamOf } from './view.ts'

/** How long a job waits for its credential to be made anew. */
const PAUSE_MS = 10 * 60_000

/** Starts the mock incident at a site, once. */
export async function dispatchJob(deps: Deps, effect: Effect): Promise<void> {
  const run = await readLaunchedRun(deps.store, effect.run)
  const site = plannedSite(run, String(effect.payload.site))
  const submitter = submitterOf(deps, site)
  const job = jobRequest(deps, run, site)
  const lapse = await deps.lapseOf(submitter, job.identity)
  if (lapse !== undefined) return pause(deps, effect, lapse)
  const facts: NewFact[] = [
    { stream: effect.stream, type: 'JobSubmitting', data: { effect: effect.id, label: job.label, payloadHash: deps.sha256(job.script) } },
  ]
  const hosts = [...deps.listenerUrls.map(hostOf), ...run.plan.run.contacts.map(hostOf), ...deps.hostsOf(submitter, site.endpoint)]
  const may = await passGate(deps, { effect, run, site, hosts, facts }, (reason) => [refusal(effect, 'gate', reason)])
  if (!may) return
  const outcome = await attempt()
  if (outcome === 'unsure') return
  if (outcome.ok) return succeeded(deps, effect, outcome.value.nativeId)
  const refused = (reason: string) => refusal(effect, 'other side', reason)
  if (outcome.transient) return deferOrGiveUp(deps, effect, { reason: outcome.reason, refused })
  await deps.store.commit({ run: effect.run, move: { id: effect.id, from: ['doing'], to: 'refused' }, facts: [refused(outcome.reason)] })

  async function attempt(): Promise<Outcome<{ nativeId: string }> | 'unsure'> {
    try {
      return await withDeadline(CALL_DEADLINE_MS, (signal) => submitter.submit(job, contextFor(deps, run, { site, submitter, signal })))
    } catch (error) {
      const reason = messageOf(error)
      if (error instanceof TransientError) return { ok: false, transient: true, reason }
      if (error instanceof PermanentError || error instanceof InputError) return { ok: false, transient: false, reason }
      await unsure(deps, effect, reason)
      return 'unsure'
    }
  }
}

/** Nothing is tried with a credential that has run out: the other side would take it for an attack, and we its answer for a ban. */
async function pause(deps: Deps, effect: Effect, reason: string): Promise<void> {
  const due = deps.clock.now() + PAUSE_MS
  const fact: NewFact = { stream: effect.stream, type: 'JobPaused', data: { effect: effect.id, reason }, key: `paused:${reason}` }
  await deps.store.commit({
    run: effect.run,
    move: { id: effect.id, from: ['queued', 'deferred'], to: 'deferred', due },
    facts: [fact],
  })
}

type JobCall = { site: PlannedSite; submitter: Submitter; signal: AbortSignal }

/** The jobs of a run are its attacker's. */
export function contextFor(deps: Deps, run: LaunchedRun, { site, submitter, signal }: JobCall): SubmitterContext {
  return deps.contextOf({
    plugin: submitter,
    run: run.plan.id,
    subject: run.plan.run.identities.attacker,
    endpoints: [site.endpoint],
    signal,
  })
}

/** The label of a challenge's job: the idempotency key at the job system. */
export function labelOf(run: { plan: Pick<Plan, 'id'> }, site: Pick<PlannedSite, 'name'>): string {
  return `ssc-${run.plan.id}-${site.name}`.slice(0, 200)
}

/** Looks an uncertain submission up at the job system, where it can be asked; else it stays for an officer. */
export async function resolveJob(deps: Deps, effect: Effect): Promise<void> {
  const run = await readLaunchedRun(deps.store, effect.run)
  // After the end no job begins any more, whether it was found or not.
  if (run.endedMs !== undefined) return
  const site = plannedSite(run, String(effect.payload.site))
  const submitter = submitterOf(deps, site)
  if (submitter.find === undefined) return
  const { find } = submitter
  const id = await withDeadline(CALL_DEADLINE_MS, (signal) => find(labelOf(run, site), contextFor(deps, run, { site, submitter, signal })))
  const move = { id: effect.id, from: ['unsure'] as const }
  if (id === undefined) await deps.store.commit({ run: effect.run, move: { ...move, to: 'queued', due: deps.clock.now() } })
  else await deps.store.commit({ run: effect.run, move: { ...move, to: 'done' }, facts: [submitted(effect, id)] })
}

export async function unsure(deps: Deps, effect: Effect, reason: string): Promise<void> {
  const facts: NewFact[] = [{ stream: effect.stream, type: 'JobUnsure', data: { effect: effect.id, reason } }]
  await deps.store.commit({ run: effect.run, move: { id: effect.id, from: ['doing'], to: 'unsure' }, facts })
}

export function submitterOf(deps: Deps, site: PlannedSite): Submitter {
  const submitter = deps.submitters.get(site.submitter)
  if (submitter === undefined) throw new Error(`the submitter ${site.submitter} is not installed here`)
  return submitter
}

function jobRequest(deps: Deps, run: LaunchedRun, site: PlannedSite): JobRequest {
  const label = labelOf(run, site)
  const script = deps.renderJob({ run, site, label, stream: streamOf(run, site) })
  const lifeSeconds = Math.max(1, Math.ceil((run.agentsEndMs - run.agentsStartMs) / 1000))
  return { ...targetOf(run, site, { identity: run.plan.run.identities.attacker }), label, script, lifeSeconds }
}

/** What a call is about; a probe has an endpoint of its own. */
export function targetOf({ plan }: LaunchedRun, site: PlannedSite, as: { identity: string; endpoint?: string }): Target {
  const { identity, endpoint = site.endpoint } = as
  return { site: site.name, endpoint, vo: plan.run.vo.name, ...(site.voName === undefined ? {} : { voName: site.voName }), identity }
}

async function succeeded(deps: Deps, effect: Effect, nativeId: string): Promise<void> {
  await deps.store.commit({ run: effect.run, move: { id: effect.id, from: ['doing'], to: 'done' }, facts: [submitted(effect, nativeId)] })
}

function submitted(effect: Effect, nativeId: string): NewFact {
  return { stream: effect.stream, type: 'JobSubmitted', data: { effect: effect.id, nativeId }, key: `submitted:${effect.id}` }
}

function refusal(effect: Effect, by: 'gate' | 'other side', reason: string): NewFact {
  return { stream: effect.stream, type: 'JobRefused', data: { effect: effect.id, by, reason } }
}
