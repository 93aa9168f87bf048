import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLanes } from '../../core/app/lanes.ts'
import { createSlots } from '../../core/domain/slots.ts'

/** Work that ends when it is told to. */
function handWork() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const work = (id: string) =>
    new Promise<void>((resolve) => {
      begun.push(id)
      ends.set(id, resolve)
    })
  const end = async (id: string) => {
    ends.get(id)?.()
    await turn()
  }
  return { begun, work, end }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('lanes', () => {
  test('given a lane whose work hangs, when another has work, then that goes on', async () => {
    const { begun, work, end } = handWork()
    const lanes = createLanes(2, work)
    for (const id of ['h1', 'h2', 'h3', 'h4']) lanes.take('hanging', id)
    lanes.take('healthy', 'g1')
    expect(begun).toEqual(['h1', 'h2', 'g1'])
    await end('g1')
    lanes.take('healthy', 'g2')
    expect(begun).toEqual(['h1', 'h2', 'g1', 'g2'])
    await end('h1')
    expect(begun.at(-1)).toBe('h3')
  })

  test('given work that is in its lane, when it comes again, then it is done once; when it is over, it may come again', async () => {
    const { begun, work, end } = handWork()
    const lanes = createLanes(1, work)
    for (const id of ['a', 'b', 'a', 'b']) lanes.take('lane', id)
    await end('a')
    await end('b')
    lanes.take('lane', 'a')
    expect(begun).toEqual(['a', 'b', 'a'])
  })

  test('given a close, then nothing more begins, and it waits for what is under way', async () => {
    const { begun, work, end } = handWork()
    const lanes = createLanes(1, work)
    lanes.take('lane', 'a')
    lanes.take('lane', 'b')
    let isClosed = false
    const closing = lanes.close().then(() => (isClosed = true))
    await turn()
    expect(isClosed).toBe(false)
    await end('a')
    await closing
    expect(begun).toEqual(['a'])
  })
})

describe('slots', () => {
  test('given any number of questions, then never more than so many are under way, and all are answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(fc.boolean(), { maxLength: 20 }), async (atOnce, fates) => {
        const inTurn = createSlots(atOnce)
        let busy = 0
        let most = 0
        const answers = fates.map((good, i) =>
          inTurn(async () => {
            busy++
            most = Math.max(most, busy)
            await turn()
            busy--
            if (!good) throw new Error(String(i))
            return i
          }),
        )
        const settled = await Promise.allSettled(answers)
        expect(settled.map((one) => one.status === 'fulfilled')).toEqual(fates)
        expect(most).toBe(Math.min(atOnce, fates.length))
      }),
    )
  })
})
