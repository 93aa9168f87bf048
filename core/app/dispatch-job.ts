import { messageOf } from '../domain/errors.ts'
import { hostOf } from '../domain/loopback.ts'
import type { Plan, PlannedSite } from '../domain/plan.ts'
import type { JobRequest, Outcome, Submitter } from '../domain/submitter.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { Effect, NewFact } from '../ports.ts'
import type { Deps } from './deps.ts'
import { CALL_DEADLINE_MS, deferOrGiveUp, withDeadline } from './effect.ts'
import { passGate } from './gate.ts'
import { plannedSite, readLaunchedRun, streamOf } from './view.ts'

/** Starts the mock incident at a site, once. Throws TransientError when it is worth trying again. */
export async function dispatchJob(deps: Deps, effect: Effect): Promise<void> {
  const run = await readLaunchedRun(deps.store, effect.run)
  const site = plannedSite(run, String(effect.payload.site))
  const submitter = submitterOf(deps, site)
  const job = jobRequest(deps, run, site)
  const facts: NewFact[] = [
    { stream: effect.stream, type: 'JobSubmitting', data: { effect: effect.id, label: job.label, payloadHash: deps.sha256(job.script) } },
  ]
  const hosts = [hostOf(deps.listenerUrl), ...(submitter.local ? [] : [hostOf(site.endpoint)])]
  const may = await passGate(deps, { effect, run, site, hosts, facts }, (reason) => [refusal(effect, 'gate', reason)])
  if (!may) return
  const outcome = await submit()
  if (outcome === 'unsure') return
  if (outcome.ok) return succeeded(deps, effect, outcome.value.nativeId)
  if (outcome.transient)
    return deferOrGiveUp(deps, effect, { reason: outcome.reason, refused: (reason) => refusal(effect, 'other side', reason) })
  await deps.store.commit({
    run: effect.run,
    move: { id: effect.id, from: ['doing'], to: 'refused' },
    facts: [refusal(effect, 'other side', outcome.reason)],
  })

  async function submit(): Promise<Outcome<{ nativeId: string }> | 'unsure'> {
    try {
      return await withDeadline(CALL_DEADLINE_MS, (signal) => submitter.submit(job, deps.contextOf(submitter, run.plan.id, signal)))
    } catch (error) {
      await unsure(deps, effect, messageOf(error))
      return 'unsure'
    }
  }
}

/** The label of a challenge's job: the idempotency key at the job system. */
export function labelOf(run: { plan: Pick<Plan, 'id'> }, site: Pick<PlannedSite, 'name'>): string {
  return `ssc-${run.plan.id}-${site.name}`.slice(0, 200)
}

/** Looks an uncertain submission up at the job system, where it can be asked; else it stays for an officer. */
export async function resolveJob(deps: Deps, effect: Effect): Promise<void> {
  const run = await readLaunchedRun(deps.store, effect.run)
  const site = plannedSite(run, String(effect.payload.site))
  const submitter = submitterOf(deps, site)
  if (submitter.find === undefined) return
  const { find } = submitter
  const id = await withDeadline(CALL_DEADLINE_MS, (signal) => find(labelOf(run, site), deps.contextOf(submitter, run.plan.id, signal)))
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
  return { label, site: site.name, endpoint: site.endpoint, identity: run.plan.run.identities.attacker, script }
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
