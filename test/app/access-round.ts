import { approveRun } from '../../core/app/approve-run.ts'
import type { Deps } from '../../core/app/deps.ts'
import { launchRun } from '../../core/app/launch-run.ts'
import { keepPlan, planRun } from '../../core/app/plan-run.ts'
import { probeAccess } from '../../core/app/probe-access.ts'
import { createReach } from '../../core/context.ts'
import { type AccessAnswer, challengeStream, runStream } from '../../core/domain/event.ts'
import type { Prober } from '../../core/domain/submitter.ts'
import type { Instance } from '../../core/instance.ts'
import { joinDeps } from '../../core/worker.ts'
import { noopSubmitter, planRequest, writeIdentities } from '../bench/run-of-many.ts'

export type AlertedRun = {
  run: string
  deps: Deps
  /** One round of probes, under this name, as the engine would do it. */
  round(name: string): Promise<void>
  answers(site: number): Promise<AccessAnswer[]>
  close(): Promise<void>
}

type Sites = { endpoints: readonly string[]; seed?: number; rehearsal?: boolean }

/** A launched run with one site for each endpoint, all of them alerted. */
export async function alertedRun(
  instance: Instance,
  { endpoints, seed = 1, rehearsal = false }: Sites,
  prober: Prober,
): Promise<AlertedRun> {
  const { store, config } = instance
  writeIdentities(config.home)
  const reach = createReach(config)
  const noop = noopSubmitter(0, () => {})
  const plugins = { submitters: new Map([[noop.name, noop]]), probers: new Map([[prober.name, prober]]) }
  const mailer = { host: '127.0.0.1', send: async () => 'never called', close: () => {} }
  const log = () => {}
  const deps = joinDeps(instance, { mailer, plugins, reach, templates: [], listenerUrls: ['http://127.0.0.1:8471'], log })
  const wish = planRequest(seed, endpoints.length, endpoints)
  const request = { ...wish, run: { ...wish.run, rehearsal } }
  const plan = planRun(request)
  await keepPlan(instance, request, { plan, by: 'planner' })
  await approveRun(instance, plan.id, 'officer')
  await launchRun(deps, { run: plan.id, by: 'officer', agentsStartMs: Date.now(), agentsEndMs: Date.now() + 3_600_000 })
  const accepted = { effect: 'e', mail: 'alert' as const, letter: 'alert', role: 'site' as const, messageId: 'm', answer: '250' }
  const facts = plan.sites.map((site) => ({ stream: challengeStream(plan.id, site.name), type: 'MailAccepted' as const, data: accepted }))
  await store.commit({ run: plan.id, facts })

  async function round(name: string): Promise<void> {
    const id = `probe-access.${plan.id}.${name}`
    const effect = { id, run: plan.id, stream: runStream(plan.id), kind: 'probe-access' as const, due: 0, payload: {} }
    await store.commit({ run: plan.id, effects: [effect] })
    await probeAccess(deps, (await store.effect(id))!)
  }

  async function answers(site: number): Promise<AccessAnswer[]> {
    const events = await store.readStream(challengeStream(plan.id, `SITE-${site}`))
    return events.flatMap((event) => (event.type === 'AccessChanged' ? [event.data] : []))
  }

  return { run: plan.id, deps, round, answers, close: reach.close }
}
