import { describe, expect, it } from 'vitest'
import { inBatches } from '../../core/io/store/in-batches.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Asks that end when the test says so. */
function heldAsks(most: number, lanes: number) {
  const asks: { items: number[]; resolve(answers: number[]): void; reject(error: Error): void }[] = []
  const ask = inBatches((items: number[]) => new Promise<number[]>((resolve, reject) => asks.push({ items, resolve, reject })), {
    most,
    lanes,
  })
  return { asks, ask }
}

describe('given many callers', () => {
  it('when they ask in one moment, then they share a batch, and each gets its own answer', async () => {
    const { asks, ask } = heldAsks(10, 1)
    const answers = Promise.all([1, 2, 3].map(ask))
    await turn()
    expect(asks.map((one) => one.items)).toEqual([[1, 2, 3]])
    asks[0]!.resolve([10, 20, 30])
    expect(await answers).toEqual([10, 20, 30])
  })

  it('when a batch is full, then the rest waits for a lane', async () => {
    const { asks, ask } = heldAsks(2, 1)
    const answers = Promise.all([1, 2, 3].map(ask))
    await turn()
    expect(asks).toHaveLength(1)
    asks[0]!.resolve([1, 2])
    await turn()
    await turn()
    expect(asks[1]?.items).toEqual([3])
    asks[1]!.resolve([3])
    expect(await answers).toEqual([1, 2, 3])
  })

  it('when there are two lanes, then two batches are under way at once and no more', async () => {
    const { asks, ask } = heldAsks(1, 2)
    const answers = Promise.all([1, 2, 3].map(ask))
    await turn()
    expect(asks.map((one) => one.items)).toEqual([[1], [2]])
    for (let n = 0; n < 3; n++) {
      asks[n]!.resolve(asks[n]!.items)
      await turn()
      await turn()
    }
    expect(await answers).toEqual([1, 2, 3])
  })

  it('when a batch fails, then those in it alone are told', async () => {
    const { asks, ask } = heldAsks(1, 1)
    const failing = expect(ask(1)).rejects.toThrow('disk full')
    const fine = ask(2)
    await turn()
    asks[0]!.reject(new Error('disk full'))
    await failing
    await turn()
    await turn()
    asks[1]!.resolve([2])
    expect(await fine).toBe(2)
  })
})
