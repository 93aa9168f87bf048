import { describe, expect, test } from 'vitest'
import { giveConsent, withdrawConsent } from '../../core/app/consent-run.ts'
import { readLaunchedRun } from '../../core/app/view.ts'
import type { ConsentOf } from '../../core/domain/event.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { aSite } from '../domain/sites.ts'
import { withStore } from '../services/store.ts'
import { anEffect, anIntent, atGate, gateDeps, type Hand, handClock, inWindow, keepLaunched } from './gating.ts'

const minute = 60_000
const real = launchedRun({
  sites: [aSite('DE-ONE'), aSite('DE-TWO'), aSite('FR-ONE')],
  run: { rehearsal: false, consent: { basis: 'ngi', by: 'the federation' } },
})
const word = (of: ConsentOf) => ({ run: 'r-1', of, by: 'Eve of the NGI', recordedBy: 'Ada' })
const germany = { ngi: 'NGI_DE' }

function withRun(
  body: (rig: {
    core: Parameters<typeof giveConsent>[0]
    hand: Hand
    dispatch(site: number, id: string): Promise<string>
  }) => Promise<void>,
) {
  return withStore(async ({ store }) => {
    await keepLaunched(store, real)
    const hand = { now: inWindow }
    const deps = gateDeps(store, { hand })
    const dispatch = async (site: number, id: string) => {
      const run = await readLaunchedRun(store, 'r-1')
      return atGate(deps, anIntent('dispatch-job', { run, site: run.plan.sites[site]!, effect: anEffect('dispatch-job', { id }) }))
    }
    await body({ core: { store, clock: handClock(hand) }, hand, dispatch })
  })
}

describe('consent', () => {
  test('given nobody who spoke, then the work waits; given a word of the NGI, then all of its sites may be challenged, and no other', () =>
    withRun(async ({ core, dispatch }) => {
      expect(await dispatch(0, 'early')).toBe('deferred')
      expect((await core.store.effect('early'))?.due).toBe(inWindow + 10 * minute)
      expect(await giveConsent(core, word(germany))).toEqual(['DE-ONE', 'DE-TWO'])
      expect(await core.store.dueEffects('r-1', inWindow)).toMatchObject([{ id: 'early' }])
      expect([await dispatch(0, 'early'), await dispatch(1, 'two'), await dispatch(2, 'three')]).toEqual(['doing', 'doing', 'deferred'])
    }))

  test('given a narrower time, then the work waits for its begin, and is refused after its end', () =>
    withRun(async ({ core, hand, dispatch }) => {
      await giveConsent(core, { ...word({ site: 'FR-ONE' }), fromMs: inWindow + minute, toMs: inWindow + 2 * minute })
      expect(await dispatch(2, 'a')).toBe('deferred')
      expect((await core.store.effect('a'))?.due).toBe(inWindow + minute)
      hand.now = inWindow + minute
      expect(await dispatch(2, 'a')).toBe('doing')
      hand.now = inWindow + 2 * minute
      expect(await dispatch(2, 'b')).toBe('the time that was consented to is over')
    }))

  test('given no word until the window has closed, then the work is refused', () =>
    withRun(async ({ hand, dispatch }) => {
      hand.now = Date.parse('2027-01-23T00:00:00Z')
      expect(await dispatch(0, 'a')).toBe('nobody consented before the window closed')
    }))

  test('given a word that is taken back, then nothing more is sent, the agents are told to stop, and a new word counts again', () =>
    withRun(async ({ core, dispatch }) => {
      const job = (site: string) => ({ job: site, run: 'r-1', stream: `challenge/r-1/${site}` })
      await core.store.commit({ run: 'r-1', jobs: ['DE-ONE', 'DE-TWO', 'FR-ONE'].map(job) })
      await giveConsent(core, word(germany))
      expect(await withdrawConsent(core, { ...word({ site: 'DE-TWO' }), reason: 'a real incident' })).toEqual(['DE-TWO'])
      expect([await dispatch(0, 'one'), await dispatch(1, 'two')]).toEqual(['doing', 'Eve of the NGI withdrew the consent'])
      const beats = ['DE-ONE', 'DE-TWO', 'FR-ONE'].map((name) => ({ job: name, sequence: 1, host: 'wn', pid: 1 }))
      expect((await core.store.takeHeartbeats(beats, inWindow)).map(({ word: told }) => told)).toEqual(['go on', 'stop', 'go on'])
      await giveConsent(core, word({ site: 'DE-TWO' }))
      expect(await dispatch(1, 'again')).toBe('doing')
    }))

  test('given a site or an NGI that is not in the plan, or a time that ends before it begins, then nothing is written down', () =>
    withRun(async ({ core }) => {
      await expect(giveConsent(core, word({ site: 'XX' }))).rejects.toThrow('It has: DE-ONE, DE-TWO, FR-ONE')
      await expect(withdrawConsent(core, { ...word({ ngi: 'NGI_XX' }), reason: 'x' })).rejects.toThrow('It has: NGI_DE, NGI_FR')
      await expect(giveConsent(core, { ...word(germany), fromMs: 2, toMs: 2 })).rejects.toThrow('ends before it begins')
      expect((await readLaunchedRun(core.store, 'r-1')).consents).toEqual([])
    }))
})
