import { describe, expect, test } from 'vitest'
import type { Deps } from '../../core/app/deps.ts'
import { orderTask } from '../../core/app/order-task.ts'
import { sendTask } from '../../core/app/send-task.ts'
import { readLaunchedRun } from '../../core/app/view.ts'
import type { Order } from '../../core/domain/task.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import type { Store } from '../../core/ports.ts'
import { launchedRun, scenarioWith } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'
import { anEffect, gateDeps, type Hand, inWindow, keepLaunched, tell } from './gating.ts'

const job = 'ssc-r-1-DE-ONE'
const stream = 'challenge/r-1/DE-ONE'
const run = launchedRun({
  run: { limits: { sites: 40, mails: 100, cpuSeconds: 100 } },
  state: { scenario: scenarioWith(['mark', 'load']) },
})

type Rig = { store: Store; deps: Deps; hand: Hand; signed: string[]; send(id: string, order: Order): Promise<string | undefined> }

/** A launched run whose agent at DE-ONE was made known. */
function withRun(body: (rig: Rig) => Promise<void>, launched: LaunchedRun = run): Promise<void> {
  return withStore(async ({ store }) => {
    await keepLaunched(store, launched)
    await store.commit({ run: 'r-1', jobs: [{ job, run: 'r-1', stream }] })
    const hand = { now: inWindow }
    const signed: string[] = []
    const sign = (text: string) => `signature${signed.push(text)}`
    const deps = { ...gateDeps(store, { hand }), keys: { orders: { sign } } } as unknown as Deps
    const send = async (id: string, order: Order) => {
      await store.commit({ run: 'r-1', effects: [anEffect('send-task', { id, payload: { site: 'DE-ONE', order } })] })
      await sendTask(deps, (await store.effect(id))!)
      return (await store.effect(id))?.state
    }
    await body({ store, deps, hand, signed, send })
  })
}

describe('a task on its way', () => {
  test('given an order that is due, then it is signed for its job alone, kept for the listener, and is a fact', () =>
    withRun(async ({ store, signed, send }) => {
      expect(await send('t', { do: 'mark', number: 4 })).toBe('done')
      const expires = inWindow / 1000 + 86_400
      expect(signed).toEqual([`ssc-task 1 ${job} ${inWindow} ${expires} mark 4`])
      const task = { effect: 't', sequence: inWindow, expires, do: 'mark', number: 4 }
      expect(await store.readStream(stream)).toMatchObject([{ type: 'TaskSigned', data: task }])
      const beat = { job, sequence: 1, host: 'wn', pid: 1 }
      expect(await store.takeHeartbeats([beat], inWindow)).toEqual([{ word: 'go on', task: `${signed[0]} signature1`, run: 'r-1' }])
    }))

  test('given tasks of one moment, or a clock that went back, then the sequence still grows', () =>
    withRun(async ({ hand, signed, send }) => {
      await send('a', { do: 'mark', number: 1 })
      await send('b', { do: 'mark', number: 2 })
      hand.now -= 60_000
      await send('c', { do: 'idle' })
      expect(signed.map((text) => Number(text.split(' ')[3]) - inWindow)).toEqual([0, 1, 2])
    }))

  test('given agents that end sooner, then the task is good no longer than they', () => {
    const ends = launchedRun({ state: { ...run, agentsEndMs: inWindow + 90_500 } })
    return withRun(async ({ signed, send }) => {
      await send('t', { do: 'idle' })
      expect(signed[0]).toContain(` ${inWindow / 1000 + 91} idle -`)
    }, ends)
  })

  test.each<[string, Order, RegExp]>([
    ['an action that was not declared', { do: 'spawn', number: 1 }, /'spawn' is not among/],
    ['a full stop', { do: 'mark', number: 1 }, /the run was stopped/],
  ])('given %s, then it is refused as a fact, and nothing is signed', (what, order, reason) =>
    withRun(async ({ store, signed, send }) => {
      if (what === 'a full stop') await tell(store, { type: 'RunStopped', data: { by: 'Ada', reason: 'x' } })
      expect(await send('t', order)).toBe('refused')
      const refused = { type: 'TaskRefused', data: { effect: 't', by: 'gate', reason: expect.stringMatching(reason), do: order.do } }
      expect(await store.readStream(stream)).toMatchObject([refused])
      expect(signed).toEqual([])
    }),
  )

  test('given an agent that is gone, then nothing is signed for it', () =>
    withRun(async ({ store, signed, send }) => {
      await store.takeHeartbeats([{ job, sequence: 1, host: 'wn', pid: 1, farewell: 'signal' }], inWindow)
      expect(await send('t', { do: 'mark', number: 1 })).toBe('done')
      expect(signed).toEqual([])
    }))

  test('given an end between the gate and the signature, then it is done again, and stands once', () =>
    withRun(async ({ store, deps, signed, send }) => {
      const broken = { ...deps, keys: { orders: { sign: crash } } } as unknown as Deps
      await store.commit({ run: 'r-1', effects: [anEffect('send-task', { id: 't', payload: { site: 'DE-ONE', order: { do: 'idle' } } })] })
      await expect(sendTask(broken, (await store.effect('t'))!)).rejects.toThrow('the machine went down')
      const [orphan] = await store.orphans('r-1', () => false)
      await store.commit({ run: 'r-1', move: { id: orphan!.id, from: ['doing'], to: 'queued' } })
      expect(await send('t', { do: 'idle' })).toBe('done')
      expect(signed).toHaveLength(1)
      expect((await store.readStream(stream)).map((event) => event.type)).toEqual(['TaskSigned'])
    }))
})

function crash(): never {
  throw new Error('the machine went down')
}

describe('what an officer orders', () => {
  let given = 0
  const order = (store: Store, one: unknown, sites: string[] = []) =>
    orderTask({ store }, { run: 'r-1', sites, order: one as Order, by: 'Ada', id: String(given++) })

  test('given an action of the scenario, then all sites are told, or those that are named, and it is written who said so', () =>
    withRun(async ({ store }) => {
      expect(await order(store, { do: 'mark', number: 2 })).toBe(2)
      expect(await order(store, { do: 'idle' }, ['DE-ONE'])).toBe(1)
      expect(await store.readStream(stream)).toMatchObject([
        { type: 'TaskOrdered', data: { by: 'Ada', do: 'mark', number: 2 } },
        { type: 'TaskOrdered', data: { by: 'Ada', do: 'idle' } },
      ])
    }))

  test('given two orders at the same moment, then both stand', () =>
    withRun(async ({ store }) => {
      await Promise.all([order(store, { do: 'mark', number: 7 }, ['DE-ONE']), order(store, { do: 'mark', number: 8 }, ['DE-ONE'])])
      expect((await store.readStream(stream)).map(({ data }) => (data as Order).number).sort()).toEqual([7, 8])
    }))

  test.each<[unknown, RegExp]>([
    [{ do: 'spawn', number: 1 }, /did not declare 'spawn'/],
    [{ do: 'mark', number: 10 }, /needs a number from 1 to 9/],
    [{ do: 'mark' }, /needs a number/],
    [{ do: 'exec', number: 1 }, /nothing that an agent can be told/],
    [{ do: 'report', text: 'rm' }, /nothing that an agent can be told/],
  ])('given %j, then it is refused, and nothing is written', (one, words) =>
    withRun(async ({ store }) => {
      await expect(order(store, one)).rejects.toThrow(words)
      expect(await store.readStream(stream)).toEqual([])
      expect((await readLaunchedRun(store, 'r-1')).decisions).toEqual({})
    }),
  )
})
