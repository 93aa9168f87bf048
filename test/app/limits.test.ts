import { describe, expect, test } from 'vitest'
import { checkHeartbeats, limitOf } from '../../core/app/limits.ts'
import { decideHeld, resumeRun } from '../../core/app/pause-run.ts'
import { readLaunchedRun } from '../../core/app/view.ts'
import { pausedBy } from '../../core/domain/run-state.ts'
import type { Order } from '../../core/domain/task.ts'
import type { Store } from '../../core/ports.ts'
import { launchedRun, scenarioWith } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'
import { anEffect, anIntent, atGate, gateDeps, handClock, inWindow, keepLaunched, tell } from './gating.ts'

const limits = { sites: 40, jobsPerSite: 1, mails: 2, cpuSeconds: 50, heartbeats: 5 }
const run = launchedRun({ run: { limits }, state: { scenario: scenarioWith(['load', 'mark']) } })
const BY = 'the framework'

/** So many pieces of work of one kind, one after the other at the gate. */
async function oneByOne(store: Store, kind: 'send-mail' | 'dispatch-job' | 'send-task', payloads: Record<string, unknown>[]) {
  const deps = gateDeps(store)
  const said: string[] = []
  for (const [i, payload] of payloads.entries()) {
    const effect = anEffect(kind, { id: `${kind}.${i}`, payload })
    said.push(await atGate(deps, anIntent(kind, { effect, run: await readLaunchedRun(store, 'r-1') })))
  }
  return said
}

const mail = (name: string) => ({ site: 'DE-ONE', mail: name })
const task = (order: Order) => ({ site: 'DE-ONE', order })

describe('the limits of a run', () => {
  test.each([
    ['mails', 'send-mail', ['alert', 'reminder', 'closing'].map(mail), ['doing', 'doing', 'held'], "the run's limit of 2 mails is reached"],
    ['jobs at a site', 'dispatch-job', [{}, {}], ['doing', 'held'], 'the limit of 1 jobs a site is reached'],
    [
      'processor seconds, by as many as an order asks for',
      'send-task',
      [
        task({ do: 'load', number: 40 }),
        task({ do: 'mark', number: 9 }),
        task({ do: 'load', number: 10 }),
        task({ do: 'load', number: 1 }),
      ],
      ['doing', 'doing', 'doing', 'held'],
      "the run's limit of 50 processor seconds would be passed",
    ],
  ] as const)('given %s, then the one above is held, and the run halts itself and says why', (_, kind, payloads, states, reason) =>
    withStore(async ({ store }) => {
      await keepLaunched(store, run)
      expect(await oneByOne(store, kind, [...payloads])).toEqual(states)
      expect(pausedBy(await readLaunchedRun(store, 'r-1'))).toMatchObject({ by: BY, reason, because: 'limit' })
    }),
  )

  test('given a run that halted itself, then all waits but the notices, and an officer who goes on passes no limit', () =>
    withStore(async ({ store }) => {
      await keepLaunched(store, run)
      const said = await oneByOne(store, 'send-mail', ['alert', 'reminder', 'closing', 'closing', 'stopped', 'real-incident'].map(mail))
      expect(said).toEqual(['doing', 'doing', 'held', 'held', 'doing', 'doing'])
      const core = { store, clock: handClock({ now: Date.now() }) }
      expect(await resumeRun(core, { run: 'r-1', by: 'Ada', reason: 'go on' })).toHaveLength(2)
      await decideHeld(core, { run: 'r-1', ids: ['send-mail.2'], go: true, by: 'Ada' })
      const intent = anIntent('send-mail', {
        effect: anEffect('send-mail', { id: 'send-mail.2' }),
        run: await readLaunchedRun(store, 'r-1'),
      })
      expect(await atGate(gateDeps(store), intent)).toBe('held')
      expect(pausedBy(await readLaunchedRun(store, 'r-1'))).toMatchObject({ because: 'limit' })
    }))

  test('given jobs at two sites, then each site is counted for itself', () => {
    const [one, two] = run.plan.sites
    const names = [one, two].map((site) => limitOf({ ...anIntent('dispatch-job', { run }), ...(site && { site }) })?.name)
    expect(names).toEqual(['jobs at DE-ONE', 'jobs at FR-TWO'])
    for (const kind of ['cancel-job', 'follow-jobs', 'probe-access', 'end-run'] as const)
      expect(limitOf(anIntent(kind, { run }))).toBeUndefined()
  })

  test('given more than one at once, then the limit is never passed', () =>
    withStore(async ({ store }) => {
      await keepLaunched(store, run)
      const deps = gateDeps(store)
      const ids = Array.from({ length: 12 }, (_, i) => `m.${i}`)
      const states = await Promise.all(ids.map((id) => atGate(deps, anIntent('send-mail', { run, effect: anEffect('send-mail', { id }) }))))
      expect(states.filter((state) => state === 'doing')).toHaveLength(2)
      expect(states.filter((state) => state === 'held')).toHaveLength(10)
    }))

  test('given more heartbeats than were agreed, then the run halts and its agents are told to stop', () =>
    withStore(async ({ store }) => {
      await keepLaunched(store, run)
      const stream = 'challenge/r-1/DE-ONE'
      await store.commit({ run: 'r-1', jobs: [{ job: 'ssc-r-1-DE-ONE', run: 'r-1', stream }] })
      const beat = (sequence: number) => store.takeHeartbeats([{ job: 'ssc-r-1-DE-ONE', sequence, host: 'wn', pid: 1 }], inWindow)
      for (const sequence of [1, 2, 3, 4, 5]) await beat(sequence)
      await checkHeartbeats({ store }, run)
      expect(pausedBy(await readLaunchedRun(store, 'r-1'))).toBeUndefined()
      expect(await beat(6)).toEqual([{ word: 'go on' }])
      await checkHeartbeats({ store }, run)
      await checkHeartbeats({ store }, run)
      expect((await readLaunchedRun(store, 'r-1')).pauses).toMatchObject([
        { by: BY, reason: "the run's limit of 5 heartbeats is reached; its agents are told to stop for good", because: 'limit' },
      ])
      expect(await beat(7)).toEqual([{ word: 'stop', run: 'r-1' }])
    }))

  test('given a limit that is passed while a pause lasts, then that pause stays as it is', () =>
    withStore(async ({ store }) => {
      await keepLaunched(store, run)
      await tell(store, { type: 'RunPaused', data: { by: 'Ada', reason: 'lunch', because: 'officer' } })
      expect(await oneByOne(store, 'send-mail', ['alert', 'alert', 'alert'].map(mail))).toEqual(['held', 'held', 'held'])
      expect((await readLaunchedRun(store, 'r-1')).pauses).toMatchObject([{ by: 'Ada', reason: 'lunch' }])
    }))
})
