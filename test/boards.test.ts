import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBoards } from '../core/boards.ts'
import type { Event } from '../core/domain/event.ts'
import type { Instance } from '../core/instance.ts'
import { openFresh } from './app/instance.ts'
import { sampleRun } from './domain/sample-run.ts'
import { appendRows, putRun } from './io/put-run.ts'

const HOUR_MS = 3_600_000

describe('boards', () => {
  let instance: Instance
  let close: () => Promise<void>
  let seed = 100

  beforeAll(async () => {
    ;({ instance, close } = await openFresh())
  })
  afterAll(() => close())

  it('given a log that grows in whatever pieces, and time that passes, when a board is kept up, then it is the one that is made anew', async () => {
    const pieces = fc.array(fc.record({ facts: fc.integer({ min: 0, max: 40 }), hours: fc.integer({ min: 0, max: 400 }) }), {
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(pieces, async (wanted) => {
        seed += 1
        const events = [...sampleRun({ seed, sites: 5 })].sort((a, b) => a.at - b.at || (a.stream < b.stream ? 1 : -1))
        const first = events.findIndex(({ type }) => type === 'RunLaunched') + 1
        const run = await putRun(instance, inOrder(events.slice(0, first)))
        let [known, nowMs] = [first, events[first - 1]!.at]
        const parts = { store: instance.store, clock: { ...instance.clock, now: () => nowMs }, onError: expect.unreachable }
        const kept = createBoards(parts)
        try {
          for (const { facts, hours } of [...wanted, { facts: events.length, hours: 0 }]) {
            await appendRows(instance, run, { events, from: known, to: known + facts })
            known = Math.min(events.length, known + facts)
            nowMs = Math.max(nowMs, events[known - 1]!.at) + hours * HOUR_MS
            const anew = createBoards(parts)
            const [grown, made] = [await kept.read(run), await anew.read(run)]
            await anew.close()
            expect(grown.rows).toEqual(made.rows)
            expect(grown.run).toEqual(made.run)
          }
        } finally {
          await kept.close()
        }
      }),
      { numRuns: 60 },
    )
  })
})

/** The run's own log first, as it names the run. */
function inOrder(events: readonly Event[]): Event[] {
  return [...events].sort((a, b) => Number(b.stream.startsWith('run/')) - Number(a.stream.startsWith('run/')))
}
