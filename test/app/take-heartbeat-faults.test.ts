import { expect, test } from 'vitest'
import { withStore } from '../services/store.ts'

const run = 'r-1'
const stream = 'challenge/r-1/DE-ONE'
const beat = (sequence: number) => ({ job: 'j', sequence, host: 'wn', pid: 1 })

test('given a task and then a stop, when a heartbeat comes again, then its answer is the stop, and not the task', () =>
  withStore(async ({ store }) => {
    await store.commit({ run, jobs: [{ job: 'j', run, stream }] })
    await store.commit({ run, tasks: [{ job: 'j', sequence: 11, line: 'task' }] })
    expect(await store.takeHeartbeats([beat(1)], 1)).toEqual([{ word: 'go on', task: 'task', run }])
    await store.commit({ run, stopJobs: [stream] })
    expect(await store.takeHeartbeats([beat(1)], 2)).toEqual([{ word: 'stop', run }])
  }))

test('given an agent that comes back and says farewell again and again, then the log does not grow with it', () =>
  withStore(async ({ store }) => {
    await store.commit({ run, jobs: [{ job: 'j', run, stream }] })
    for (let n = 1; n <= 20; n += 2) {
      await store.takeHeartbeats([beat(n)], n)
      await store.takeHeartbeats([{ ...beat(n + 1), farewell: 'signal' }], n + 1)
    }
    expect((await store.readStream(stream)).map((event) => event.type)).toEqual(['AgentSeen', 'AgentStopped'])
    expect(await store.job('j')).toMatchObject({ state: 'stopped', count: 20 })
  }))
