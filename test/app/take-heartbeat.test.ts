import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchHeartbeats } from '../../core/app/take-heartbeat.ts'
import { TransientError } from '../../core/domain/errors.ts'
import type { Heartbeat, HeartbeatAnswer } from '../../core/ports.ts'

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
