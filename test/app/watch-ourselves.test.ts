import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Asks, createWatch, DOWN } from '../../core/app/watch-ourselves.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import type { Store } from '../../core/ports.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'

const NO_LISTENER = 'no listener could be reached'
const NO_MAIL = 'the mail server did not answer'
const going = new AbortController().signal

function aRun(id: string, state: Partial<LaunchedRun> = {}, listeners: string[] = []): LaunchedRun {
  const run = launchedRun({ state })
  return { ...run, plan: { ...run.plan, id, listeners } }
}

/** A watch over a real store; the test says what answers, and what time it is. */
function rig(store: Store, listenerUrls = ['a']) {
  const at = { now: 1_000 }
  const up = { a: true, b: true, mail: true } as Record<string, boolean>
  const asks: Asks = { listener: async (address) => up[address] ?? false, mailServer: async () => up.mail ?? false }
  const deps = { store, clock: { now: () => at.now, wall: () => at.now }, listenerUrls, log: () => {} }
  const restart = () => createWatch(deps, asks)
  let look = restart()
  return {
    up,
    restart: () => {
      look = restart()
    },
    look: async (now: number, ...runs: LaunchedRun[]) => {
      at.now = now
      await look(runs, going)
    },
  }
}

async function outages(store: Store, run = 'r-1') {
  return (await store.readStream(`run/${run}`)).map((event) => event.data)
}

describe('a watch over our own side', () => {
  test('given one failure alone, then nothing was down; given two in a row, then since the first, and told when it is back', () =>
    withStore(async ({ store }) => {
      const { up, look } = rig(store)
      const run = aRun('r-1')
      await look(1_000, run)
      up.mail = false
      await look(2_000, run)
      up.mail = true
      await look(3_000, run)
      up.mail = false
      await look(4_000, run)
      await look(5_000, run)
      await look(6_000, run)
      expect(await outages(store)).toEqual([])
      expect(await store.document(DOWN)).toEqual({ 'mail server': 4_000 })
      up.mail = true
      await look(7_000, run)
      await look(8_000, run)
      expect(await outages(store)).toEqual([{ fromMs: 4_000, untilMs: 7_000, what: NO_MAIL }])
      expect(await store.document(DOWN)).toEqual({})
    }))

  test('given a restart while it lasts, then its begin is not lost', () =>
    withStore(async ({ store }) => {
      const { up, look, restart } = rig(store)
      up.a = false
      await look(1_000, aRun('r-1'))
      await look(2_000, aRun('r-1'))
      restart()
      up.a = true
      await look(9_000, aRun('r-1'))
      expect(await outages(store)).toEqual([{ fromMs: 1_000, untilMs: 9_000, what: NO_LISTENER }])
    }))

  test('given several addresses, then it is down when none of them answers', () =>
    withStore(async ({ store }) => {
      const { up, look } = rig(store, ['a', 'b'])
      up.a = false
      for (const now of [1_000, 2_000, 3_000]) await look(now, aRun('r-1'))
      expect(await store.document(DOWN)).toBeUndefined()
      up.b = false
      for (const now of [4_000, 5_000]) await look(now, aRun('r-1'))
      up.a = true
      await look(6_000, aRun('r-1'))
      expect(await outages(store)).toEqual([{ fromMs: 4_000, untilMs: 6_000, what: NO_LISTENER }])
    }))

  test('given runs with other addresses, then each has its own outages, and none from before its launch', () =>
    withStore(async ({ store }) => {
      const { up, look } = rig(store)
      const [first, second, late] = [aRun('r-1'), aRun('r-2', {}, ['b']), aRun('r-3', { launchedMs: 2_500 })]
      up.a = false
      for (const now of [1_000, 2_000]) await look(now, first, second)
      await look(3_000, first, second, late)
      up.a = true
      await look(4_000, first, second, late)
      expect(await outages(store)).toEqual([{ fromMs: 1_000, untilMs: 4_000, what: NO_LISTENER }])
      expect(await outages(store, 'r-2')).toEqual([])
      expect(await outages(store, 'r-3')).toEqual([{ fromMs: 2_500, untilMs: 4_000, what: NO_LISTENER }])
    }))

  test('given an end right after the fact was told, then it stands once', () =>
    withStore(async ({ store }) => {
      const { up, look } = rig(store)
      up.mail = false
      for (const now of [1_000, 2_000]) await look(now, aRun('r-1'))
      const down = await store.document(DOWN)
      up.mail = true
      await look(3_000, aRun('r-1'))
      await store.putDocument(DOWN, down)
      await look(4_000, aRun('r-1'))
      expect(await outages(store)).toEqual([{ fromMs: 1_000, untilMs: 3_000, what: NO_MAIL }])
    }))

  test('given an address that hangs beside one that answers, then nobody waits for it; given our own end, then nothing is concluded', () =>
    withStore(async ({ store }) => {
      const hangs = () => new Promise<never>(() => {})
      const deps = { store, clock: { now: () => 1, wall: () => 1 }, listenerUrls: ['a', 'b'], log: () => {} }
      const one = createWatch(deps, { listener: async (address) => address === 'b' || hangs(), mailServer: async () => true })
      const begun = performance.now()
      await one([aRun('r-1')], going)
      expect(performance.now() - begun).toBeLessThan(5_000)
      const ending = new AbortController()
      const untilEnd = (signal: AbortSignal) => new Promise<false>((resolve) => signal.addEventListener('abort', () => resolve(false)))
      const other = createWatch(deps, { listener: (_, signal) => untilEnd(signal), mailServer: async () => false })
      for (const _ of [1, 2]) {
        const looking = other([aRun('r-1')], ending.signal)
        ending.abort()
        await looking
      }
      expect(await store.document(DOWN)).toBeUndefined()
    }))

  test('given any sequence of answers and restarts, then what is told is what was down, and nothing else', () =>
    withStore(async ({ store }) => {
      let n = 0
      const looks = fc.array(fc.record({ a: fc.boolean(), mail: fc.boolean(), restart: fc.boolean() }), { maxLength: 25 })
      await fc.assert(
        fc.asyncProperty(looks, async (steps) => {
          const { up, look, restart } = rig(store)
          const run = aRun(`p-${++n}`)
          await store.putDocument(DOWN, {})
          for (const [i, step] of steps.entries()) {
            // A first failure is kept in memory alone, so a restart between the two may forget it.
            if (step.restart && (i === 0 || (steps[i - 1]!.a && steps[i - 1]!.mail))) restart()
            Object.assign(up, { a: step.a, mail: step.mail })
            await look(1_000 * (i + 1), run)
          }
          const told = await outages(store, `p-${n}`)
          const expected = [...expectedOf(steps, 'a', NO_LISTENER), ...expectedOf(steps, 'mail', NO_MAIL)]
          expect(new Set(told.map((one) => JSON.stringify(one)))).toEqual(new Set(expected.map((one) => JSON.stringify(one))))
          expect(told).toHaveLength(expected.length)
        }),
        { numRuns: 60 },
      )
    }))
})

/** Every stretch of two failures or more that came to its end. */
function expectedOf(steps: readonly { a: boolean; mail: boolean }[], part: 'a' | 'mail', what: string) {
  const letters = steps.map((step) => (step[part] ? 'u' : 'd')).join('')
  return [...letters.matchAll(/d{2,}(?=u)/g)].map(({ index, 0: { length } }) => ({
    fromMs: 1_000 * (index + 1),
    untilMs: 1_000 * (index + length + 1),
    what,
  }))
}
