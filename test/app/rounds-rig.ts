import type { Deps } from '../../core/app/deps.ts'
import { challengeStream, runStream } from '../../core/domain/event.ts'
import type { SiteEvidence } from '../../core/domain/rubric.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import type { EffectKind, Store } from '../../core/ports.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { gateDeps, type Hand, inWindow, keepLaunched } from './gating.ts'

export const HOUR_MS = 3_600_000

let runs = 0

/** A launched run of two sites that counts such evidence. */
export async function runThatWaits(store: Store, evidence: SiteEvidence, { rehearsal = true } = {}): Promise<LaunchedRun> {
  const base = launchedRun({ state: { launchedMs: inWindow - HOUR_MS } })
  const expectations = [{ ...base.rubric.expectations[0]!, evidence }]
  const id = `waits-${++runs}`
  const plan = { ...base.plan, id, run: { ...base.plan.run, rehearsal } }
  const run = { ...base, plan, rubric: { ...base.rubric, expectations } }
  await keepLaunched(store, run)
  return run
}

/** Tells that the site's mail server took the alert. */
export async function alertSite(store: Store, { plan }: LaunchedRun, site: string): Promise<void> {
  const data = { effect: 'e', mail: 'alert' as const, letter: 'alert', role: 'site' as const, messageId: 'm', answer: '250' }
  await store.commit({ run: plan.id, facts: [{ stream: challengeStream(plan.id, site), type: 'MailAccepted', data }] })
}

/** Rounds of one kind, two hours apart; the log output is kept. */
export function roundsOf(store: Store, { plan }: LaunchedRun, kind: EffectKind) {
  const hand: Hand = { now: inWindow }
  const said: string[] = []
  let halted: string | undefined
  const log: Deps['log'] = (message, data = {}) => void said.push(`${message}: ${Object.values(data).join(' ')}`)
  const deps = { ...gateDeps(store, { hand, haltOf: () => halted }), log }

  async function round(
    perform: (deps: Deps, effect: NonNullable<Awaited<ReturnType<Store['effect']>>>) => Promise<void>,
    more: Partial<Deps>,
  ) {
    const id = `${kind}.${plan.id}.${hand.now}`
    await store.commit({ run: plan.id, effects: [{ id, run: plan.id, stream: runStream(plan.id), kind, due: hand.now, payload: {} }] })
    await perform({ ...deps, ...more }, (await store.effect(id))!)
    hand.now += 2 * HOUR_MS
    return (await store.effect(id))!.state
  }

  const facts = async (site: string) =>
    (await store.readStream(challengeStream(plan.id, site))).filter(({ type }) => /^(Downtime|Certification|Packages)Seen$/.test(type))
  const halt = (reason: string) => {
    halted = reason
  }
  return { hand, said, round, facts, halt }
}
