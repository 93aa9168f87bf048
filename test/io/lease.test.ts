import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instance } from '../../core/instance.ts'
import { endLease, takeLease } from '../../core/io/store/lease.ts'
import { openFresh } from '../app/instance.ts'
import { waitUntil } from '../services/process.ts'

describe('a lease', () => {
  let instance: Instance
  let close: () => Promise<void>
  beforeAll(async () => {
    ;({ instance, close } = await openFresh())
  })
  afterAll(() => close())

  const take = (name: string, owner: string, { ms = 60_000, dead = '' } = {}) =>
    takeLease(instance.db, { name, owner, ms }, (other) => other === dead)

  it('given many who want it at once, when they ask, then one has it, and keeps it; when it gives it back, another gets it', async () => {
    const owners = Array.from({ length: 8 }, (_, i) => `process-${i}`)
    const had = await Promise.all(owners.map((owner) => take('a', owner)))
    expect(had.filter(Boolean)).toHaveLength(1)
    const owner = owners[had.indexOf(true)]!
    expect([await take('a', owner), await take('a', 'somebody else')]).toEqual([true, false])
    await endLease(instance.db, { name: 'a', owner: 'somebody else' })
    expect(await take('a', 'somebody else')).toBe(false)
    await endLease(instance.db, { name: 'a', owner })
    expect(await take('a', 'somebody else')).toBe(true)
  })

  it('given an owner that died, or whose time is over, when another asks, then it has it', async () => {
    await take('b', 'first')
    expect([await take('b', 'second'), await take('b', 'second', { dead: 'first' }), await take('b', 'first')]).toEqual([
      false,
      true,
      false,
    ])
    await take('c', 'first', { ms: 300 })
    expect(await take('c', 'second')).toBe(false)
    await waitUntil(() => take('c', 'second'), 'the end of the lease')
  })
})
