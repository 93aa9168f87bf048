import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { judge, passGate } from '../../core/app/gate.ts'
import type { Pause } from '../../core/domain/run-state.ts'
import type { EffectKind } from '../../core/ports.ts'
import { launchedRun, scenarioWith } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'
import { anEffect, anIntent, atGate, gateDeps, inWindow } from './gating.ts'

const looks: EffectKind[] = ['follow-jobs', 'probe-access', 'probe-pakiti', 'probe-crl', 'read-gocdb']
const kinds: EffectKind[] = [...looks, 'dispatch-job', 'cancel-job', 'send-mail', 'send-task', 'end-run']
const mails = ['alert', 'reminder', 'closing', 'stopped', 'real-incident']
const stopped = { at: 1, by: 'a', reason: 'b' }
const real = { rehearsal: false }

/** Every kind of effect, the mails and the orders one by one. */
const everything = kinds.flatMap((kind) => {
  if (kind === 'send-mail') return mails.map((mail) => anEffect(kind, { payload: { mail } }))
  if (kind === 'send-task') return ['idle', 'stop', 'mark'].map((action) => anEffect(kind, { payload: { order: { do: action } } }))
  return [anEffect(kind, { payload: {} })]
})
/** Work that brings things to an end, or tells of the end. */
const passes = new Set(['cancel-job', 'follow-jobs', 'end-run', 'send-mail stopped', 'send-mail real-incident'])
const nameOf = ({ kind, payload }: (typeof everything)[number]) => (kind === 'send-mail' ? `${kind} ${payload.mail}` : kind)

describe('the gate', () => {
  test('given all in order, then the way is open', () => {
    const run = launchedRun({ state: { scenario: scenarioWith(['mark']) } })
    for (const effect of everything) expect(judge(anIntent(effect.kind, { run, effect }), inWindow)).toEqual({ pass: 'go' })
  })

  const other = { ...launchedRun().plan.sites[0]!, name: 'XX-OTHER' }
  test.each([
    ['an approval of another plan', { run: launchedRun({ state: { approvals: [{ hash: 'other', by: 'Ben', at: 0 }] } }) }, 'not approved'],
    ['no approval at all', { run: launchedRun({ state: { approvals: [] } }) }, 'not approved'],
    ['a site that is not in the plan', { site: other }, 'not in the approved plan'],
    ['an effect of another run', { effect: anEffect('dispatch-job', { run: 'r-2' }) }, 'not in the approved plan'],
    ['a stopped run', { run: launchedRun({ state: { stopped } }) }, 'stopped'],
    ['a STOP file', { halted: 'STOP stops all runs: fire' }, 'STOP stops all runs: fire'],
    ['a rehearsal and a host outside', { hosts: ['127.0.0.1', 'ce01.felnov.fr.example'] }, 'is not a loopback address'],
  ])('given %s, then nothing passes', (_name, over, words) => {
    const verdict = judge(anIntent('dispatch-job', over), inWindow)
    expect(verdict).toMatchObject({ pass: 'no', reason: expect.stringContaining(words) })
  })

  test('given more sites than the limit allows, then nothing starts, and what was begun can still be ended', () => {
    const run = launchedRun()
    const { limits } = run.plan.run
    const tight = { ...run, plan: { ...run.plan, run: { ...run.plan.run, limits: { ...limits, sites: 1 } } } }
    expect(judge(anIntent('dispatch-job', { run: tight }), inWindow)).toMatchObject({ reason: 'the limit of 1 sites is passed' })
    expect(judge(anIntent('cancel-job', { run: tight }), inWindow)).toEqual({ pass: 'go' })
  })

  test('given a run that two people stand for, then hosts outside may be reached', () => {
    const run = launchedRun({ run: real })
    expect(judge(anIntent('dispatch-job', { run, hosts: ['ce01.felnov.fr.example'] }), inWindow)).toEqual({ pass: 'go' })
  })

  test.each(['Ada', ' ada ', 'ADA', 'A\u0064a', 'Ａｄａ'])(
    'given an approval by the planner, written %j, then it counts in a rehearsal alone',
    (by) => {
      const state = { approvals: [{ hash: 'h', by, at: 0 }] }
      const verdict = judge(anIntent('dispatch-job', { run: launchedRun({ run: real, state }) }), inWindow)
      expect(verdict).toMatchObject({ pass: 'no', reason: expect.stringContaining('second person') })
      expect(judge(anIntent('dispatch-job', { run: launchedRun({ state }) }), inWindow)).toEqual({ pass: 'go' })
    },
  )

  test('given a time before the window, then what starts something waits; after it, it is refused; a reminder is not bound to it', () => {
    const [before, after] = [Date.parse('2027-01-10T00:00:00Z'), Date.parse('2027-01-23T00:00:00Z')]
    for (const kind of ['dispatch-job', 'send-task', 'send-mail'] as const) {
      expect(judge(anIntent(kind), before)).toEqual({ pass: 'wait', until: Date.parse('2027-01-11T00:00:00Z') })
      expect(judge(anIntent(kind), after - 1)).toEqual({ pass: 'go' })
      expect(judge(anIntent(kind), after)).toMatchObject({ pass: 'no', reason: expect.stringContaining('the window closed') })
    }
    const effect = anEffect('send-mail', { payload: { mail: 'reminder' } })
    expect(judge(anIntent('send-mail', { effect }), after)).toEqual({ pass: 'go' })
  })

  test('given a stop, a STOP file or a pause, then what ends things and tells of it passes, and nothing else', () => {
    const pause: Pause = { fromMs: 1, by: 'a', reason: 'b', because: 'officer' }
    const shut = [
      [{ run: launchedRun({ state: { stopped, scenario: scenarioWith(['mark']) } }) }, 'no'],
      [{ halted: 'STOP' }, 'no'],
      [{ run: launchedRun({ state: { pauses: [pause], scenario: scenarioWith(['mark']) } }) }, 'hold'],
    ] as const
    for (const [over, word] of shut)
      for (const effect of everything) {
        const { pass } = judge(
          anIntent(effect.kind, { effect, run: launchedRun({ state: { scenario: scenarioWith(['mark']) } }), ...over }),
          inWindow,
        )
        expect([nameOf(effect), pass]).toEqual([nameOf(effect), passes.has(nameOf(effect)) ? 'go' : word])
      }
  })

  test('given any order, then it passes exactly when the scenario declared its action, or it is harmless by itself', () => {
    const words = ['idle', 'report', 'mark', 'spawn', 'contact', 'load', 'move-listener', 'stop'] as const
    fc.assert(
      fc.property(fc.subarray([...words]), fc.oneof(fc.constantFrom<string>(...words), fc.string()), (declared, action) => {
        const run = launchedRun({ state: { scenario: scenarioWith(declared) } })
        const effect = anEffect('send-task', { payload: { order: { do: action } } })
        const may = [...declared, 'idle', 'stop'].includes(action)
        expect(judge(anIntent('send-task', { run, effect }), inWindow).pass).toBe(may ? 'go' : 'no')
      }),
    )
  })
})

describe('the gate at the store', () => {
  test('given a stop that the run in hand does not know yet, then the store refuses in the same transaction', () =>
    withStore(async ({ store }) => {
      await store.commit({ run: 'r-1', facts: [{ stream: 'run/r-1', type: 'RunStopped', data: { by: 'a', reason: 'b' }, key: 'stopped' }] })
      expect(await atGate(gateDeps(store), anIntent('send-mail'))).toBe('the run was stopped')
      expect((await store.effect('send-mail.1'))?.state).toBe('refused')
      expect(await atGate(gateDeps(store), anIntent('cancel-job'))).toBe('doing')
      const effect = anEffect('send-mail', { id: 'notice', payload: { mail: 'stopped' } })
      expect(await atGate(gateDeps(store), anIntent('send-mail', { effect }))).toBe('doing')
    }))

  test('given a STOP file, then it is asked at each effect, and its words are the reason', () =>
    withStore(async ({ store }) => {
      let word: string | undefined
      const haltOf = vi.fn(() => word)
      const deps = gateDeps(store, { haltOf })
      expect(await atGate(deps, anIntent('dispatch-job'))).toBe('doing')
      word = 'STOP stops r-1'
      expect(await atGate(deps, anIntent('send-mail'))).toBe('STOP stops r-1')
      expect(await atGate(deps, anIntent('end-run'))).toBe('doing')
      expect(haltOf.mock.calls).toEqual([['r-1'], ['r-1'], ['r-1']])
    }))

  test('given two who take the same effect, then one may act', () =>
    withStore(async ({ store }) => {
      const intent = anIntent('dispatch-job')
      await store.commit({ run: 'r-1', effects: [intent.effect] })
      const deps = gateDeps(store)
      const may = await Promise.all([passGate(deps, intent, () => []), passGate(deps, intent, () => [])])
      expect(may.filter(Boolean)).toHaveLength(1)
    }))
})
