import { describe, expect, it } from 'vitest'
import { createOffers } from '../../core/app/offers.ts'
import type { Effect } from '../../core/ports.ts'

const effect = (id: string, over: Partial<Effect> = {}): Effect => ({
  id,
  run: 'r',
  stream: 'challenge/r/A',
  kind: 'send-mail',
  due: 1,
  state: 'queued',
  attempts: 0,
  owner: null,
  payload: {},
  ...over,
})

describe('given work that the queue was told of', () => {
  it('when it is looked at again at once, then only what is new or has changed is told', () => {
    const { toOffer } = createOffers(() => 0)
    expect(toOffer('r', [effect('a'), effect('b')])).toHaveLength(2)
    expect(toOffer('r', [effect('a'), effect('b', { state: 'deferred', attempts: 1 }), effect('c')]).map((one) => one.id)).toEqual([
      'b',
      'c',
    ])
    expect(toOffer('r', [effect('c', { due: 2 })])).toHaveLength(1)
  })

  it('when it still waits some seconds later, then it is told again: the queue may have lost it', () => {
    let wallMs = 0
    const { toOffer } = createOffers(() => wallMs)
    toOffer('r', [effect('a')])
    wallMs = 2_000
    expect(toOffer('r', [effect('a')])).toHaveLength(1)
  })

  it('when very much of it waits, then it is told again bit by bit, what was told longest ago first', () => {
    let wallMs = 0
    const { toOffer } = createOffers(() => wallMs)
    const due = Array.from({ length: 250 }, (_, i) => effect(String(i)))
    toOffer('r', due)
    wallMs = 2_000
    expect(toOffer('r', due).map(({ id }) => Number(id))).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(toOffer('r', due).map(({ id }) => Number(id))).toEqual(Array.from({ length: 100 }, (_, i) => i + 100))
    expect(toOffer('r', due)).toHaveLength(50)
  })

  it('when it was done and comes anew, then it is told; and another run is not touched', () => {
    const { toOffer } = createOffers(() => 0)
    toOffer('r', [effect('a')])
    toOffer('s', [effect('z', { run: 's' })])
    toOffer('r', [])
    expect(toOffer('r', [effect('a')])).toHaveLength(1)
    expect(toOffer('s', [effect('z', { run: 's' })])).toEqual([])
  })
})
