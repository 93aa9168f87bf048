import { expect, test } from 'vitest'
import { MAILROOM } from '../../core/domain/event.ts'
import type { Store } from '../../core/ports.ts'
import { withStore } from '../services/store.ts'

const hand = { now: 1_000 }
const clock = { now: () => hand.now, wall: () => hand.now }
const bytes = Buffer.from('the same log file')
const keep = (store: Store, run: string) => store.commit({ run, contents: [{ hash: 'h', run, stream: `challenge/${run}/DE-ONE`, bytes }] })

test('given the same bytes in two runs, when one of them is purged, then the other still has them', () =>
  withStore(async ({ store }) => {
    hand.now = 1_000
    await keep(store, 'r-1')
    hand.now = 9_000
    await keep(store, 'r-2')
    await keep(store, 'r-2')
    expect(await store.purge('r-1', 5_000)).toBe(1)
    expect(Buffer.from((await store.content('h'))!)).toEqual(bytes)
    expect(await store.purge('r-2', 5_000)).toBe(0)
    expect(await store.purge('r-2', 9_001)).toBe(1)
    expect(await store.content('h')).toBeUndefined()
  }, clock))

test('given bytes on a shelf that are put to a run, then the run has them from when they came, and the mailroom has them no longer', () =>
  withStore(async ({ store }) => {
    hand.now = 1_000
    await keep(store, MAILROOM)
    hand.now = 9_000
    await keep(store, 'r-1')
    expect(await store.purge(MAILROOM, 10_000)).toBe(0)
    expect(await store.purge('r-1', 1_001)).toBe(1)
  }, clock))
