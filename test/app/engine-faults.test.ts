import { expect, test, vi } from 'vitest'
import type { Deps } from '../../core/app/deps.ts'
import { createEngine } from '../../core/app/engine.ts'
import type { ChallengeFact } from '../../core/domain/event.ts'
import type { JobQueue } from '../../core/ports.ts'
import { launchedRun, scenarioWith } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'
import { gateDeps, inWindow, keepLaunched } from './gating.ts'

const stream = 'challenge/r-1/DE-ONE'
const clock = { now: () => inWindow, wall: () => inWindow }

/** Hands on at once what it is told of. */
function directQueue(): JobQueue {
  let handler: (id: string) => Promise<void> = async () => {}
  return {
    add: async (ids) => {
      for (const id of ids) await handler(id)
    },
    work: (given) => {
      handler = given
    },
    flush: async () => {},
    close: async () => {},
  }
}

test('given a key that cannot be read, when a task is to be signed, then that is a fact, and the task behind it is not kept waiting', () =>
  withStore(async ({ store }) => {
    await keepLaunched(store, launchedRun({ state: { scenario: scenarioWith(['mark']) } }))
    const facts: ChallengeFact[] = [
      { type: 'AgentSeen', data: { host: 'wn', pid: 1 } },
      { type: 'TaskOrdered', data: { id: '1', by: 'Ada', do: 'mark', number: 1 } },
      { type: 'TaskOrdered', data: { id: '2', by: 'Ada', do: 'mark', number: 2 } },
    ]
    await store.commit({
      run: 'r-1',
      jobs: [{ job: 'ssc-r-1-DE-ONE', run: 'r-1', stream }],
      facts: facts.map((fact) => ({ stream, ...fact })),
    })
    const sign = () => {
      throw new Error('orders.pem cannot be read')
    }
    const deps = { ...gateDeps(store), clock, keys: { orders: { sign } } } as unknown as Deps
    const engine = createEngine(deps, directQueue())
    engine.start(1)
    await vi.waitFor(
      async () => {
        await engine.tick('r-1')
        const refused = (await store.readStream(stream)).filter((event) => event.type === 'TaskRefused')
        expect(refused.map(({ data }) => data)).toMatchObject([1, 2].map((number) => ({ by: 'framework', do: 'mark', number })))
      },
      { timeout: 20_000 },
    )
    await engine.close()
  }, clock))
