import type { Deps } from '../../core/app/deps.ts'
import { type Intent, passGate } from '../../core/app/gate.ts'
import { type RunFact, runStream } from '../../core/domain/event.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import type { Effect, EffectKind, Store } from '../../core/ports.ts'
import { launchedRun } from '../domain/launched-run.ts'

/** In the window of the runs of these tests. */
export const inWindow = Date.parse('2027-01-12T00:00:00Z')

export function anEffect(kind: EffectKind, over: Partial<Effect> = {}): Effect {
  return {
    id: `${kind}.1`,
    run: 'r-1',
    stream: 'challenge/r-1/DE-ONE',
    kind,
    due: inWindow,
    state: 'queued',
    attempts: 0,
    owner: null,
    payload: payloadOf(kind),
    ...over,
  }
}

function payloadOf(kind: EffectKind): Effect['payload'] {
  if (kind === 'send-mail') return { site: 'DE-ONE', mail: 'alert' }
  return kind === 'send-task' ? { site: 'DE-ONE', order: { do: 'idle' } } : { site: 'DE-ONE', submitter: 'noop' }
}

export function anIntent(kind: EffectKind, over: Partial<Intent> = {}): Intent {
  const run = over.run ?? launchedRun()
  return { effect: anEffect(kind), run, site: run.plan.sites[0]!, hosts: ['127.0.0.1'], facts: [], ...over }
}

/** A clock that the test sets. */
export type Hand = { now: number }

export function handClock(hand: Hand) {
  return { now: () => hand.now, wall: () => hand.now }
}

type Gate = { hand?: Hand; haltOf?: (run: string) => string | undefined }

/** What the gate needs of the dependencies. */
export function gateDeps(store: Store, { hand = { now: inWindow }, haltOf = () => undefined }: Gate = {}): Deps {
  return { store, clock: handClock(hand), owner: 'me', haltOf, log: () => {} } as unknown as Deps
}

/** Puts an effect into the store and takes it to the gate; why it was refused, or its state. */
export async function atGate(deps: Deps, intent: Intent): Promise<string> {
  const { effect } = intent
  let said: string | undefined
  await deps.store.commit({ run: effect.run, effects: [effect] })
  const stored = (await deps.store.effect(effect.id))!
  await passGate(deps, { ...intent, effect: stored }, (reason) => {
    said = reason
    return []
  })
  return said ?? (await deps.store.effect(effect.id))!.state
}

/** The facts that lead to this run's state, as they stand in a log; controls follow as the test commits them. */
export async function keepLaunched(store: Store, run: LaunchedRun, { launch = true } = {}): Promise<void> {
  const { plan, scenario, rubric, plannedBy = 'Ada', approvals, agentsStartMs, agentsEndMs, stopLine } = run
  const facts: RunFact[] = [
    { type: 'RunPlanned', data: { plan, scenario, rubric, by: plannedBy } },
    ...approvals.map(({ hash, by }): RunFact => ({ type: 'RunApproved', data: { hash, by } })),
  ]
  if (launch) facts.push({ type: 'RunLaunched', data: { by: 'Ben', agentsStartMs, agentsEndMs, stopLine } })
  await store.commit({ run: plan.id, facts: facts.map((fact) => ({ stream: runStream(plan.id), ...fact })) })
}

/** Facts of the run `r-1`. */
export async function tell(store: Store, ...facts: RunFact[]): Promise<void> {
  await store.commit({ run: 'r-1', facts: facts.map((fact) => ({ stream: runStream('r-1'), ...fact })) })
}
