import { keepPlan, planRun } from '../../core/app/plan-run.ts'
import { type ChallengeFact, challengeStream } from '../../core/domain/event.ts'
import type { Run } from '../../core/domain/run.ts'
import type { EffectKind } from '../../core/ports.ts'
import { planRequest } from '../bench/run-of-many.ts'
import type { Calls } from './calls.ts'

type Wish = { seed: number; sites?: number; run?: Partial<Run> }

/** A run of generated sites SITE-0, SITE-1 ... that `planner` planned; nothing of it was approved. */
export async function plannedRun(calls: Pick<Calls, 'instance'>, { seed, sites = 3, run = {} }: Wish): Promise<string> {
  const wish = planRequest(seed, sites)
  const request = { ...wish, run: { ...wish.run, ...run } }
  const plan = planRun(request)
  await keepPlan(await calls.instance(), request, { plan, by: 'planner' })
  return plan.id
}

/** The same, approved and launched through the verbs. */
export async function launchedRun(calls: Calls, wish: Wish): Promise<string> {
  const run = await plannedRun(calls, wish)
  for (const verb of ['approve', 'launch']) {
    const { status, err } = await calls.call(verb, run, '--by', 'Ben')
    if (status !== 0) throw new Error(err)
  }
  return run
}

/** Told to the log of a site's challenge, as the engine and the listener do it. */
export async function tell(calls: Pick<Calls, 'instance'>, run: string, site: string, ...facts: ChallengeFact[]): Promise<void> {
  const { store } = await calls.instance()
  const stream = challengeStream(run, site)
  await store.commit({ run, facts: facts.map((fact) => ({ ...fact, stream })) })
}

/** A piece of work that met a pause at the gate. */
export async function hold(
  calls: Pick<Calls, 'instance'>,
  run: string,
  piece: { id: string; kind: EffectKind; site: string },
): Promise<void> {
  const { store } = await calls.instance()
  const { id, kind, site } = piece
  const payload = { site, ...(kind === 'send-mail' ? { mail: 'reminder' } : {}) }
  await store.commit({ run, effects: [{ id, run, stream: challengeStream(run, site), kind, due: Date.now(), payload }] })
  await store.commit({ run, move: { id, from: ['queued'], to: 'held' } })
}

export const submitted: ChallengeFact = { type: 'JobSubmitted', data: { effect: 'e', nativeId: 'native-7' } }
export const submitting: ChallengeFact = { type: 'JobSubmitting', data: { effect: 'e', label: 'l', payloadHash: 'h' } }
export const seen: ChallengeFact = { type: 'AgentSeen', data: { host: 'wn001.example', pid: 4711 } }
export const farewell: ChallengeFact = { type: 'AgentStopped', data: { reason: 'told' } }
