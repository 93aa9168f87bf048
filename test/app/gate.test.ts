import { describe, expect, test } from 'vitest'
import type { Deps } from '../../core/app/deps.ts'
import { type Intent, judge, passGate } from '../../core/app/gate.ts'
import { isLoopback } from '../../core/domain/loopback.ts'
import { chooseSites } from '../../core/domain/plan.ts'
import type { Scenario } from '../../core/domain/scenario.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import { loadScenario } from '../../core/plugins.ts'
import type { Effect, EffectKind } from '../../core/ports.ts'
import { aPlanInput, aSite } from '../domain/sites.ts'
import { withStore } from '../services/store.ts'

const inWindow = Date.parse('2027-01-12T00:00:00Z')
const { scenario, rubric } = loadScenario('ssc6-cms', '/nowhere')

function aRun(over: Partial<LaunchedRun> = {}, run: Record<string, unknown> = {}): LaunchedRun {
  const input = aPlanInput([aSite('DE-ONE'), aSite('FR-TWO')], { run })
  const { sites } = chooseSites(input)
  const plan = { id: 'r-1', hash: 'h', run: input.run, sites, excluded: [] }
  return {
    phase: 'running',
    plan,
    scenario: scenario satisfies Scenario,
    rubric,
    approvedHash: 'h',
    approvals: [],
    launchedMs: 0,
    agentsStartMs: 0,
    agentsEndMs: 1,
    outages: [],
    ...over,
  }
}

function anIntent(kind: EffectKind, over: Partial<Intent> = {}): Intent {
  const run = over.run ?? aRun()
  const payload = kind === 'send-mail' ? { mail: 'alert' } : {}
  const effect: Effect = {
    id: `${kind}.1`,
    run: 'r-1',
    stream: 'challenge/r-1/DE-ONE',
    kind,
    due: 0,
    state: 'queued',
    attempts: 0,
    owner: null,
    payload,
  }
  return { effect, run, site: run.plan.sites[0]!, hosts: ['127.0.0.1'], facts: [], ...over }
}

describe('the gate', () => {
  test('given all in order, then the way is open', () => {
    expect(judge(anIntent('dispatch-job'), inWindow)).toEqual({ pass: 'go' })
    expect(judge(anIntent('send-mail'), inWindow)).toEqual({ pass: 'go' })
  })

  test.each([
    ['a plan that is not the approved one', { run: aRun({ approvedHash: 'other' }) }, 'not approved'],
    ['no approval at all', { run: (({ approvedHash: _, ...rest }) => rest)(aRun()) as LaunchedRun }, 'not approved'],
    ['a site that is not in the plan', { site: { ...aRun().plan.sites[0]!, name: 'XX-OTHER' } }, 'not in the approved plan'],
    ['a stopped run', { run: aRun({ stopped: { at: 1, by: 'a', reason: 'b' } }) }, 'stopped'],
    ['a host that is not loopback', { hosts: ['127.0.0.1', 'ce01.felnov.fr.example'] }, 'is not a loopback address'],
    ['an effect of another run', { effect: { ...anIntent('dispatch-job').effect, run: 'r-2' } }, 'not in the approved plan'],
  ])('given %s, then nothing passes', (_name, over, words) => {
    const verdict = judge(anIntent('dispatch-job', over), inWindow)
    expect(verdict).toMatchObject({ pass: 'no', reason: expect.stringContaining(words) })
  })

  test('given a time before the window, then a job waits; after it, it is refused; a reminder is not bound to it', () => {
    const [before, after] = [Date.parse('2027-01-10T00:00:00Z'), Date.parse('2027-01-23T00:00:00Z')]
    expect(judge(anIntent('dispatch-job'), before)).toEqual({ pass: 'wait', until: Date.parse('2027-01-11T00:00:00Z') })
    expect(judge(anIntent('send-mail'), after)).toMatchObject({ pass: 'no' })
    const reminder = anIntent('send-mail')
    expect(judge({ ...reminder, effect: { ...reminder.effect, payload: { mail: 'reminder' } } }, after)).toEqual({ pass: 'go' })
  })

  test('given a stop, then what ends things still passes', () => {
    const run = aRun({ stopped: { at: 1, by: 'a', reason: 'b' } })
    expect(judge(anIntent('cancel-job', { run }), inWindow)).toEqual({ pass: 'go' })
    expect(judge(anIntent('probe-access', { run }), inWindow)).toMatchObject({ pass: 'no' })
  })

  test('given names that only look like loopback, then they are not', () => {
    for (const host of ['127.0.0.1', '127.8.9.1', 'localhost', '[::1]', '::1']) expect(isLoopback(host)).toBe(true)
    for (const host of [
      '127.0.0.1.evil.example',
      '1270.0.1',
      '127.1',
      '0.0.0.0',
      'localhost.example',
      '2130706433',
      '127.0.0.256',
      '',
      '::ffff:1.2.3.4',
    ])
      expect(isLoopback(host)).toBe(false)
  })

  test('given a stop that the run in hand does not know yet, then the store refuses in the same transaction', () =>
    withStore(async ({ store }) => {
      const intent = anIntent('send-mail')
      await store.commit({ run: 'r-1', effects: [intent.effect] })
      await store.commit({ run: 'r-1', facts: [{ stream: 'run/r-1', type: 'RunStopped', data: { by: 'a', reason: 'b' }, key: 'stopped' }] })
      const deps = { store, clock: { now: () => inWindow, wall: Date.now }, owner: 'me' } as unknown as Deps
      const facts = (reason: string) => [
        {
          stream: intent.effect.stream,
          type: 'MailRefused' as const,
          data: { effect: intent.effect.id, mail: 'alert' as const, by: 'gate' as const, reason },
        },
      ]
      expect(await passGate(deps, intent, facts)).toBe(false)
      expect((await store.effect(intent.effect.id))?.state).toBe('refused')
      expect(await store.readStream(intent.effect.stream)).toMatchObject([{ type: 'MailRefused', data: { reason: 'the run was stopped' } }])
    }))

  test('given two who take the same effect, then one may act', () =>
    withStore(async ({ store }) => {
      const intent = anIntent('dispatch-job')
      await store.commit({ run: 'r-1', effects: [intent.effect] })
      const deps = { store, clock: { now: () => inWindow, wall: Date.now }, owner: 'me' } as unknown as Deps
      const may = await Promise.all([passGate(deps, intent, () => []), passGate(deps, intent, () => [])])
      expect(may.filter(Boolean)).toHaveLength(1)
    }))

  test('given the limit of mails, then the one above it is refused with the limit named', () =>
    withStore(async ({ store }) => {
      const run = aRun({}, { limits: { sites: 40, mails: 1 } })
      const deps = { store, clock: { now: () => inWindow, wall: Date.now }, owner: 'me' } as unknown as Deps
      const reasons: string[] = []
      for (const id of ['m.1', 'm.2']) {
        const intent = anIntent('send-mail', { run })
        const effect = { ...intent.effect, id }
        await store.commit({ run: 'r-1', effects: [effect] })
        await passGate(deps, { ...intent, effect }, (reason) => {
          reasons.push(reason)
          return []
        })
      }
      expect(reasons).toEqual(["the run's limit of 1 mails is reached"])
      expect((await store.effect('m.2'))?.state).toBe('refused')
    }))
})
