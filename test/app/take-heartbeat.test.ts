import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchHeartbeats } from '../../core/app/take-heartbeat.ts'
import { TransientError } from '../../core/domain/errors.ts'
import type { Heartbeat, HeartbeatAnswer, Store } from '../../core/ports.ts'
import { withStore } from '../services/store.ts'

const clock = { now: () => 1_000, wall: () => 2_000 }
const beat = (job: string, sequence: number): Heartbeat => ({ job, sequence, host: 'wn1.example', pid: 7 })
const turn = () => new Promise((resolve) => setImmediate(resolve))

type Commit = { beats: readonly Heartbeat[]; now: number; resolve(answers: HeartbeatAnswer[]): void; reject(error: Error): void }

/** A store whose commits end when the test says so. */
function heldStore() {
  const commits: Commit[] = []
  const takeHeartbeats = (beats: readonly Heartbeat[], now: number) =>
    new Promise<HeartbeatAnswer[]>((resolve, reject) => commits.push({ beats, now, resolve, reject }))
  return { commits, takeHeartbeats }
}

describe('given a commit that is under way', () => {
  it('when more heartbeats come, then they gather and are answered after their own commit', async () => {
    const store = heldStore()
    const take = batchHeartbeats(store, clock)
    const answers: string[] = []
    const note = (name: string) => (answer: HeartbeatAnswer) => void answers.push(`${name}: ${answer.word}`)
    const all = [take(beat('a', 1)).then(note('a'))]
    await turn()
    all.push(take(beat('b', 1)).then(note('b')), take(beat('c', 1)).then(note('c')))
    await turn()
    expect(store.commits.map((one) => one.beats.length)).toEqual([1])
    expect(store.commits[0]?.now).toBe(1_000)
    expect(answers).toEqual([])
    store.commits[0]?.resolve([{ word: 'go on' }])
    await turn()
    await turn()
    expect(answers).toEqual(['a: go on'])
    expect(store.commits[1]?.beats.map((one) => one.job)).toEqual(['b', 'c'])
    store.commits[1]?.resolve([{ word: 'stop' }, { word: 'unknown' }])
    await Promise.all(all)
    expect(answers).toEqual(['a: go on', 'b: stop', 'c: unknown'])
  })

  it('when it fails, then its whole batch is refused and the next one goes on', async () => {
    const store = heldStore()
    const take = batchHeartbeats(store, clock)
    const failing = [take(beat('a', 1)), take(beat('b', 1))].map((one) => expect(one).rejects.toThrow('disk full'))
    await turn()
    const later = take(beat('a', 2))
    store.commits[0]?.reject(new Error('disk full'))
    await Promise.all(failing)
    await turn()
    store.commits[1]?.resolve([{ word: 'go on' }])
    expect(await later).toEqual({ word: 'go on' })
  })

  it('when too many wait, then one more is refused at once', async () => {
    const store = heldStore()
    const take = batchHeartbeats(store, clock)
    const waiting = Array.from({ length: 5_000 }, (_, i) => take(beat(`job-${i}`, 1)))
    await expect(take(beat('one-more', 1))).rejects.toThrow(TransientError)
    for (let done = 0; done < 5_000; ) {
      await turn()
      const commit = store.commits.shift()
      done += commit?.beats.length ?? 0
      commit?.resolve(commit.beats.map(() => ({ word: 'go on' })))
    }
    expect(new Set((await Promise.all(waiting)).map((answer) => answer.word))).toEqual(new Set(['go on']))
  })
})

describe('given heartbeats of few jobs in any mixture', () => {
  it('when they are taken, then a job is once in a batch and its heartbeats keep their order', async () => {
    const order = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(order, async (jobs) => {
        const committed: Heartbeat[] = []
        const takeHeartbeats = async (beats: readonly Heartbeat[]): Promise<HeartbeatAnswer[]> => {
          expect(new Set(beats.map((one) => one.job)).size).toBe(beats.length)
          await turn()
          committed.push(...beats)
          return beats.map((one) => ({ word: one.sequence % 2 ? 'go on' : 'stop' }))
        }
        const take = batchHeartbeats({ takeHeartbeats }, clock)
        const answers = await Promise.all(jobs.map((job, i) => take(beat(job, i))))
        expect(answers.map((answer) => answer.word)).toEqual(jobs.map((_, i) => (i % 2 ? 'go on' : 'stop')))
        for (const job of ['a', 'b', 'c']) {
          const sequences = committed.filter((one) => one.job === job).map((one) => one.sequence)
          expect(sequences).toEqual([...sequences].sort((x, y) => x - y))
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('given tasks that were signed for a job', () => {
  const run = 'r-1'
  const stream = 'challenge/r-1/DE-ONE'
  type Result = NonNullable<Heartbeat['result']>
  type Rig = { store: Store; say(sequence: number, result?: Result): Promise<HeartbeatAnswer>; told(): Promise<unknown[]> }

  /** An agent with so many tasks; the first one has the sequence 11. */
  function withTasks(count: number, body: (rig: Rig) => Promise<void>) {
    return withStore(async ({ store }) => {
      await store.commit({ run, jobs: [{ job: 'j', run, stream }] })
      for (let i = 1; i <= count; i++) await store.commit({ run, tasks: [{ job: 'j', sequence: 10 + i, line: `task ${i}` }] })
      const take = batchHeartbeats(store, clock)
      const say = (sequence: number, result?: Result) => take({ ...beat('j', sequence), ...(result && { result }) })
      const told = async () => (await store.readStream(stream)).filter((event) => event.type === 'TaskReported').map((event) => event.data)
      await body({ store, say, told })
    })
  }

  const done = (task: number): Result => ({ task, outcome: 'done' })
  const refused = (task: number, why: NonNullable<Result['why']>): Result => ({ task, outcome: 'refused', why })

  it('when the agent tells of one, then the next one is handed out, in their order, until none is left', () =>
    withTasks(2, async ({ say, told }) => {
      expect(await say(1)).toEqual({ word: 'go on', task: 'task 1', run })
      expect(await say(2)).toEqual({ word: 'go on', task: 'task 1', run })
      expect(await say(3, done(11))).toEqual({ word: 'go on', task: 'task 2', run })
      expect(await say(4, { task: 12, outcome: 'failed' })).toEqual({ word: 'go on' })
      expect(await told()).toEqual([done(11), { task: 12, outcome: 'failed' }])
    }))

  it('when a beat comes again, then it is given the same task, and nothing is told twice', () =>
    withTasks(2, async ({ say, told }) => {
      expect(await say(1, done(11))).toEqual({ word: 'go on', task: 'task 2', run })
      expect(await say(1, done(11))).toEqual({ word: 'repeated', task: 'task 2', run })
      expect(await say(2, done(11))).toEqual({ word: 'go on', task: 'task 2', run })
      expect(await told()).toEqual([done(11)])
    }))

  it.each(['forged', 'malformed', 'foreign'] as const)('when one arrived %s, then it is handed out again, and that is told once', (why) =>
    withTasks(2, async ({ say, told }) => {
      for (const sequence of [1, 2, 3]) expect(await say(sequence, refused(11, why))).toEqual({ word: 'go on', task: 'task 1', run })
      expect(await say(4, refused(0, why))).toEqual({ word: 'go on', task: 'task 1', run })
      expect(await told()).toEqual([refused(11, why)])
      expect(await say(5, done(11))).toEqual({ word: 'go on', task: 'task 2', run })
    }),
  )

  it.each(['replayed', 'expired', 'not declared', 'unverified'] as const)('when the agent refuses one as %s, then it is settled', (why) =>
    withTasks(2, async ({ say, told }) => {
      expect(await say(1, refused(11, why))).toEqual({ word: 'go on', task: 'task 2', run })
      expect(await told()).toEqual([refused(11, why)])
    }),
  )

  it('when the agent tells of a task that it was not given, then nothing is settled and nothing is told', () =>
    withTasks(2, async ({ say, told }) => {
      for (const [i, task] of [0, 10, 12, 2 ** 52].entries())
        expect(await say(i + 1, done(task))).toEqual({ word: 'go on', task: 'task 1', run })
      expect(await told()).toEqual([])
    }))

  it('when it shall stop, then that word comes before any task', () =>
    withTasks(2, async ({ store, say }) => {
      await store.commit({ run, stopJobs: [stream] })
      expect(await say(1)).toEqual({ word: 'stop', run })
      expect(await say(2, done(11))).toEqual({ word: 'stop', run })
      expect(await say(1)).toEqual({ word: 'old' })
    }))

  it('when one is signed after all were done, then it is handed out; one with a sequence that was given already is not taken', () =>
    withTasks(1, async ({ store, say }) => {
      expect(await say(1, done(11))).toEqual({ word: 'go on' })
      await store.commit({ run, tasks: [{ job: 'j', sequence: 12, line: 'task 2' }] })
      await expect(store.commit({ run, tasks: [{ job: 'j', sequence: 12, line: 'another' }] })).rejects.toThrow()
      expect(await say(2)).toEqual({ word: 'go on', task: 'task 2', run })
    }))
})
