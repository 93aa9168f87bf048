import { describe, expect, test } from 'vitest'
import { openWave, openWaveWhenSeen } from '../../core/app/open-wave.ts'
import { readLaunchedRun } from '../../core/app/view.ts'
import type { ChallengeFact } from '../../core/domain/event.ts'
import type { Store } from '../../core/ports.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { aSite } from '../domain/sites.ts'
import { withStore } from '../services/store.ts'
import { keepLaunched } from './gating.ts'

const seen: ChallengeFact = { type: 'AgentSeen', data: { host: 'wn', pid: 1 } }
const refused: ChallengeFact = { type: 'JobRefused', data: { effect: 'e', by: 'other side', reason: 'no queue' } }
const submitted: ChallengeFact = { type: 'JobSubmitted', data: { effect: 'e', nativeId: 'n' } }
const running: ChallengeFact = { type: 'JobStateSeen', data: { state: 'running', native: 'R' } }
const noted: ChallengeFact = { type: 'OfficerNoted', data: { by: 'Ada', text: 'by phone', fulfils: 'started', happenedMs: 0 } }

async function looked(store: Store, facts: ChallengeFact[][], canaries = 2) {
  const sites = ['DE-A', 'DE-B', 'FR-C', 'FR-D'].map((name) => aSite(name))
  const run = launchedRun({ sites, run: { canaries } })
  await keepLaunched(store, run)
  const first = run.plan.sites.filter((site) => site.canary)
  for (const [i, site] of first.entries())
    await store.commit({ run: 'r-1', facts: (facts[i] ?? []).map((fact) => ({ stream: `challenge/r-1/${site.name}`, ...fact })) })
  await openWaveWhenSeen({ store }, await readLaunchedRun(store, 'r-1'))
  return (await store.readStream('run/r-1')).filter((event) => event.type === 'WaveOpened').map((event) => event.data)
}

const by = 'the framework'

describe('the second wave', () => {
  test.each([
    ['both canaries seen', [[seen], [seen]], '2 of 2 canaries were seen to start'],
    ['one seen, the other refused by its job system', [[seen], [refused]], '1 of 2 canaries were seen to start, 1 were refused'],
    ['one seen, of the other it is known by the job system and by phone', [[seen], [running, noted]], '2 of 2 canaries were seen to start'],
  ])('given %s, then the other sites follow, and it is written why', (_, facts, reason) =>
    withStore(async ({ store }) => {
      expect(await looked(store, facts)).toEqual([{ by, reason }])
      expect((await readLaunchedRun(store, 'r-1')).waveMs).toBeDefined()
    }),
  )

  test.each([
    ['nothing', []],
    ['one canary seen', [[seen]]],
    ['one seen, the other only submitted', [[seen], [submitted]]],
    ['both refused', [[refused], [refused]]],
    ['one refused at first and submitted then', [[seen], [refused, submitted]]],
  ])('given %s, then the other sites wait', (_, facts) =>
    withStore(async ({ store }) => {
      expect(await looked(store, facts)).toEqual([])
    }),
  )

  test('given an officer who opens it, then it is open, and what is seen later changes nothing', () =>
    withStore(async ({ store }) => {
      await looked(store, [])
      await openWave({ store }, { run: 'r-1', by: 'Ada', reason: 'they are all at lunch' })
      expect(await looked(store, [[seen], [seen]])).toEqual([{ by: 'Ada', reason: 'they are all at lunch' }])
      await openWave({ store }, { run: 'r-1', by: 'Ben', reason: 'again' })
      expect((await store.readStream('run/r-1')).filter((event) => event.type === 'WaveOpened')).toHaveLength(1)
    }))

  test('given a full stop or no canaries, then none is opened', () =>
    withStore(async ({ store }) => {
      expect(await looked(store, [], 0)).toEqual([])
      const stop = { stream: 'run/r-1', type: 'RunStopped' as const, data: { by: 'Ada', reason: 'x' }, key: 'stopped' }
      await store.commit({ run: 'r-1', facts: [stop] })
      expect(await looked(store, [[seen], [seen]])).toEqual([])
    }))
})
