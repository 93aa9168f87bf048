import { describe, expect, test } from 'vitest'
import { verifyChain } from '../../core/domain/chain.ts'
import { sha256 } from '../../core/io/keys.ts'
import type { Change, NewFact } from '../../core/ports.ts'
import { withStore } from '../services/store.ts'

const run = 'r-1'
const stream = 'challenge/r-1/SITE-A'
const seen = (over: Partial<{ key: string; stream: string }> = {}): NewFact => ({
  stream,
  type: 'AgentSeen',
  data: { host: 'wn\u0000"\ud800', pid: 1 },
  ...over,
})
const effect = { id: 'send-mail.1', run, stream, kind: 'send-mail', due: 5, payload: { to: 'a@b.example' } } as const

describe('the store', () => {
  test('given facts committed at once, when read, then each stream is a whole chain', () =>
    withStore(async ({ store, db }) => {
      const streams = ['run/r-1', stream, 'challenge/r-1/SITE-B']
      await Promise.all(Array.from({ length: 60 }, (_, i) => store.commit({ run, facts: [seen({ stream: streams[i % 3]! })] })))
      const events = await store.readRun(run)
      expect(events).toHaveLength(60)
      expect(events[0]?.stream).toBe('run/r-1')
      const rows = await db.query<{ stream: string; seq: number; body: string; hash: string }>(
        'select * from ssc.events order by stream, seq',
      )
      expect(verifyChain(rows, sha256)).toEqual([])
      await db.query('update ssc.events set body = replace(body, \'"pid":1\', \'"pid":2\') where stream = $1 and seq = 3', [stream])
      const altered = await db.query<{ stream: string; seq: number; body: string; hash: string }>(
        'select * from ssc.events order by stream, seq',
      )
      expect(verifyChain(altered, sha256)).toEqual([`${stream}#3: the content does not match its hash`])
    }))

  test('given a fact with a key, when it is told twice, then it stands once', () =>
    withStore(async ({ store }) => {
      for (let i = 0; i < 3; i++) await store.commit({ run, facts: [seen({ key: 'mail:1' })] })
      await Promise.all([1, 2, 3].map(() => store.commit({ run, facts: [seen({ key: 'mail:1' }), seen({ key: 'mail:2' })] })))
      expect((await store.readStream(stream)).map((event) => event.key)).toEqual(['mail:1', 'mail:2'])
    }))

  test('given an effect, when two move it at once, then one does, and only its facts are kept', () =>
    withStore(async ({ store }) => {
      await store.commit({ run, effects: [effect] })
      await store.commit({ run, effects: [effect] })
      const take: Change = { run, move: { id: effect.id, from: ['queued'], to: 'doing', owner: 'me' }, facts: [seen()] }
      const results = await Promise.all([store.commit(take), store.commit(take)])
      expect(results.sort()).toEqual(['applied', 'not in that state'])
      expect(await store.readStream(stream)).toHaveLength(1)
      expect(await store.effect(effect.id)).toMatchObject({
        state: 'doing',
        attempts: 1,
        owner: 'me',
        due: 5,
        payload: { to: 'a@b.example' },
      })
      expect(await store.orphans(run, () => true)).toHaveLength(0)
      expect(await store.orphans(run, () => false)).toHaveLength(1)
    }))

  test('given a limit of two, when three effects count against it, then the third stays', () =>
    withStore(async ({ store }) => {
      const ids = ['a', 'b', 'c']
      await store.commit({ run, effects: ids.map((id) => ({ ...effect, id })) })
      const results = await Promise.all(
        ids.map((id) => store.commit({ run, move: { id, from: ['queued'], to: 'doing', count: { name: 'mails', max: 2 } } })),
      )
      expect(results.filter((one) => one === 'applied')).toHaveLength(2)
      expect(results.filter((one) => one === 'over the limit')).toHaveLength(1)
      expect(await store.nextDue(run)).toBe(5)
      expect(await store.dueEffects(run, 4)).toHaveLength(0)
    }))

  test('given work that counted, when it was not done after all, then it counts once; when it is wanted anew, it counts again', () =>
    withStore(async ({ store }) => {
      await store.commit({ run, effects: [effect] })
      const take: Change = { run, move: { id: effect.id, from: ['queued'], to: 'doing', count: { name: 'jobs', max: 1 } } }
      const leave: Change = { run, move: { id: effect.id, from: ['doing'], to: 'unsure' } }
      const back: Change = { run, move: { id: effect.id, from: ['unsure'], to: 'queued' } }
      expect([await store.commit(take), await store.commit(leave), await store.commit(back)]).toEqual(['applied', 'applied', 'applied'])
      expect([await store.commit(take), await store.commit(leave)]).toEqual(['applied', 'applied'])
      expect(await store.commit({ ...back, move: { ...back.move!, anew: true } })).toBe('applied')
      expect(await store.effect(effect.id)).toMatchObject({ attempts: 0 })
      expect(await store.commit(take)).toBe('over the limit')
    }))

  test('given heartbeats, then the first, a silence, the return and the farewell are facts, and replays are not', () =>
    withStore(async ({ store }) => {
      const beat = (sequence: number, farewell?: 'signal') => ({ job: 'j', sequence, host: 'wn', pid: 7, ...(farewell && { farewell }) })
      expect(await store.takeHeartbeats([beat(1)], 10)).toEqual([{ word: 'unknown' }])
      expect(await store.liveness(run)).toEqual([])
      await store.commit({ run, jobs: [{ job: 'j', run, stream }] })
      expect(await store.takeHeartbeats([beat(1), { ...beat(1), job: 'x' }], 10)).toEqual([{ word: 'go on' }, { word: 'unknown' }])
      expect(await store.takeHeartbeats([beat(1)], 11)).toEqual([{ word: 'repeated' }])
      expect(await store.takeHeartbeats([beat(3)], 12)).toEqual([{ word: 'go on' }])
      expect(await store.takeHeartbeats([beat(2)], 13)).toEqual([{ word: 'old' }])
      expect(await store.sweepLiveness(run, 14, { late: 0, lost: 1e9 })).toBe(1)
      expect(await store.sweepLiveness(run, 15, { late: 0, lost: 0 })).toBe(1)
      await store.commit({ run, stopJobs: [stream] })
      expect(await store.takeHeartbeats([beat(4)], 20)).toEqual([{ word: 'stop', run: 'r-1' }])
      expect(await store.takeHeartbeats([beat(5, 'signal')], 21)).toEqual([{ word: 'stop', run: 'r-1' }])
      expect((await store.readStream(stream)).map((e) => e.type)).toEqual([
        'AgentSeen',
        'AgentLate',
        'AgentLost',
        'AgentBack',
        'AgentStopped',
      ])
      expect(await store.liveness(run)).toMatchObject([{ state: 'stopped', firstMs: 10, lastMs: 21, count: 4, stop: true }])
    }))

  test('given a stream of a run, when it is read again after more was told, then each look has all of it and its own list', () =>
    withStore(async ({ store }) => {
      const told = (key: string): Change => ({ run, facts: [{ ...seen({ key, stream: 'run/r-1' }) }] })
      expect(await store.readStream('run/r-1')).toEqual([])
      await store.commit(told('a'))
      const first = await store.readStream('run/r-1')
      first.length = 0
      await store.commit(told('b'))
      const looks = await Promise.all([1, 2, 3].map(() => store.readStream('run/r-1')))
      for (const look of looks)
        expect(look.map((event) => [event.seq, event.key])).toEqual([
          [1, 'a'],
          [2, 'b'],
        ])
      expect(await store.readRun(run)).toEqual(looks[0])
    }))

  test('given a full stop in the same moment as a move, then the move comes too late, and nothing of it is kept', () =>
    withStore(async ({ store }) => {
      await store.commit({ run, effects: [effect] })
      const move: Change = { run, move: { id: effect.id, from: ['queued'], to: 'doing', unlessStopped: true }, facts: [seen()] }
      const stop: NewFact = { stream: 'run/r-1', type: 'RunStopped', data: { by: 'me', reason: 'enough' }, key: 'stopped' }
      const results = await Promise.all([store.commit(move), store.commit({ run, facts: [stop] })])
      expect(results).toEqual(['stopped', 'applied'])
      expect(await store.readStream(stream)).toEqual([])
      expect(await store.heads(run)).toHaveLength(1)
    }))
})
