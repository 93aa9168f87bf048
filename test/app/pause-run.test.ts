import { describe, expect, test } from 'vitest'
import type { Core } from '../../core/app/deps.ts'
import { decideHeld, heldWork, pauseRun, resumeRun } from '../../core/app/pause-run.ts'
import { stopRun } from '../../core/app/stop-run.ts'
import { readLaunchedRun } from '../../core/app/view.ts'
import type { EffectKind, Store } from '../../core/ports.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'
import { anEffect, anIntent, atGate, gateDeps, type Hand, handClock, inWindow, keepLaunched } from './gating.ts'

const minute = 60_000
const word = { run: 'r-1', by: 'Ada', reason: 'lunch' }

type Rig = {
  store: Store
  hand: Hand
  core: Pick<Core, 'store' | 'clock'>
  take(id: string, due?: number, kind?: EffectKind): Promise<string>
}

/** A launched run whose time the test sets, also in the log. */
function withRun(body: (rig: Rig) => Promise<void>): Promise<void> {
  const hand = { now: inWindow }
  return withStore(async ({ store }) => {
    await keepLaunched(store, launchedRun())
    const deps = gateDeps(store, { hand })
    const take = async (id: string, due = hand.now, kind: EffectKind = 'send-mail') => {
      const effect = anEffect(kind, { id, due })
      return atGate(deps, anIntent(kind, { effect, run: await readLaunchedRun(store, 'r-1') }))
    }
    await body({ store, hand, core: { store, clock: handClock(hand) }, take })
  }, handClock(hand))
}

describe('a pause', () => {
  test('given a pause, then what falls due is held, and after the resume it is listed in order and nothing fires by itself', () =>
    withRun(async ({ hand, core, take }) => {
      expect(await take('before')).toBe('doing')
      expect(await pauseRun(core, { ...word, because: 'officer' })).toMatchObject({ fromMs: inWindow, by: 'Ada', reason: 'lunch' })
      hand.now += minute
      expect(await take('second')).toBe('held')
      expect(await take('first', inWindow - minute)).toBe('held')
      hand.now += minute
      const missed = await resumeRun(core, { ...word, reason: 'fed' })
      expect(missed.map((one) => one.id)).toEqual(['first', 'second'])
      // What fell into the pause and is looked at only now.
      expect(await take('late', inWindow + minute)).toBe('held')
      expect(await take('first')).toBe('held')
      expect(await take('after')).toBe('doing')
      hand.now += 60 * minute
      for (const id of ['first', 'second', 'late']) expect(await take(id)).toBe('held')
    }))

  test('given a resume, then the time of the pause is an outage of ours, once', () =>
    withRun(async ({ hand, core, store }) => {
      await pauseRun(core, { ...word, because: 'officer' })
      hand.now += 5 * minute
      await resumeRun(core, word)
      const { outages, pauses } = await readLaunchedRun(store, 'r-1')
      expect(outages).toEqual([{ fromMs: inWindow, untilMs: inWindow + 5 * minute, what: 'the run was paused: lunch' }])
      expect(pauses).toMatchObject([{ fromMs: inWindow, untilMs: inWindow + 5 * minute }])
      await expect(resumeRun(core, word)).rejects.toThrow('is not paused')
    }))

  test('given a word of decision, then what shall go goes one after the other, and the rest drops', () =>
    withRun(async ({ hand, core, store, take }) => {
      await pauseRun(core, { ...word, because: 'officer' })
      for (const id of ['a', 'b', 'c', 'd']) expect(await take(id)).toBe('held')
      await expect(decideHeld(core, { run: 'r-1', ids: [], go: true, by: 'Ada' })).rejects.toThrow('still paused')
      hand.now += minute
      await resumeRun(core, word)
      await expect(decideHeld(core, { run: 'r-1', ids: ['a', 'nonsense'], go: true, by: 'Ada' })).rejects.toThrow('nonsense')
      expect(await decideHeld(core, { run: 'r-1', ids: ['d'], go: false, by: 'Ada' })).toMatchObject([{ id: 'd' }])
      expect((await decideHeld(core, { run: 'r-1', ids: [], go: true, by: 'Ben' })).map((one) => one.id)).toEqual(['a', 'b', 'c'])
      const due = await Promise.all(['a', 'b', 'c'].map(async (id) => (await store.effect(id))!.due - hand.now))
      expect(due).toEqual([0, 10_000, 20_000])
      expect(await store.dueEffects('r-1', hand.now)).toMatchObject([{ id: 'a' }, { id: 'd' }])
      expect(await take('d')).toBe('Ada let it drop after a pause')
      for (const id of ['a', 'b', 'c']) expect(await take(id)).toBe('doing')
      expect((await readLaunchedRun(store, 'r-1')).decisions).toMatchObject({ a: { go: true, by: 'Ben' }, d: { go: false, by: 'Ada' } })
    }))

  test('given a round that fell into a pause, then it is left out, since another follows', () =>
    withRun(async ({ core, take }) => {
      await pauseRun(core, { ...word, because: 'officer' })
      expect(await take('round', inWindow, 'probe-access')).toBe('done')
      expect(await take('list', inWindow, 'probe-crl')).toBe('done')
      expect(await take('packages', inWindow, 'probe-pakiti')).toBe('done')
      expect(await take('downtimes', inWindow, 'read-gocdb')).toBe('done')
      expect(await heldWork(core, 'r-1')).toEqual([])
      expect(await take('looks', inWindow, 'follow-jobs')).toBe('doing')
    }))

  test('given a pause that lasts, then only a real incident comes on top of it; given a full stop, then there is no pause any more', () =>
    withRun(async ({ hand, core, store, take }) => {
      await pauseRun(core, { ...word, because: 'officer' })
      hand.now += minute
      expect(await pauseRun(core, { ...word, by: 'Ben', because: 'limit' })).toMatchObject({ by: 'Ada', because: 'officer' })
      const incident = await pauseRun(core, { ...word, by: 'Ben', because: 'real incident' })
      expect(incident).toMatchObject({ fromMs: inWindow, by: 'Ben', because: 'real incident' })
      await stopRun(core as Core, word)
      await expect(pauseRun(core, { ...word, because: 'officer' })).rejects.toThrow('stopped for good')
      expect(await take('x')).toBe('the run was stopped')
      expect((await readLaunchedRun(store, 'r-1')).pauses).toHaveLength(1)
    }))
})
