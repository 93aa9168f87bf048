import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { probeCrl } from '../../core/app/probe-crl.ts'
import { partyStream, type RevocationSeen } from '../../core/domain/event.ts'
import type { Instance } from '../../core/instance.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { gateDeps, inWindow, keepLaunched } from './gating.ts'
import { openFresh } from './instance.ts'

let instance: Instance
let close: () => Promise<void>
let runs = 0

beforeAll(async () => {
  const opened = await openFresh()
  instance = opened.instance
  close = opened.close
})

afterAll(() => close())

/** A launched run with a CA whose list says what the test sets. */
async function rig({ crl = 'http://127.0.0.1:1/ca.crl', halted }: { crl?: string; halted?: string } = {}) {
  const { store } = instance
  const base = launchedRun({
    run: { parties: [{ role: 'ca', name: 'Example', address: 'ra@ca.example', timeZone: 'UTC', country: 'EU', crl }] },
  })
  const id = `r-${++runs}`
  const run = { ...base, plan: { ...base.plan, id, run: { ...base.plan.run, rehearsal: true } } }
  await keepLaunched(store, run)
  const hand = { now: inWindow, aheadMs: 0 }
  const asked: string[] = []
  const list = { says: { listed: 'no', why: 'w' } as RevocationSeen | Error }
  const deps = {
    ...gateDeps(store, { hand, haltOf: () => halted }),
    clock: { now: () => hand.now, wall: () => hand.now - hand.aheadMs },
    readCrl: async ({ url, subject }: { url: string; subject: string }) => {
      asked.push(`${subject} ${url}`)
      if (list.says instanceof Error) throw list.says
      return list.says
    },
  }
  const stream = partyStream(id, 'ca-Example')

  async function round(name: string): Promise<string> {
    const effect = {
      id: `probe-crl.${id}.${name}`,
      run: id,
      stream,
      kind: 'probe-crl' as const,
      due: hand.now,
      payload: { party: 'ca-Example' },
    }
    await store.commit({ run: id, effects: [effect] })
    await probeCrl(deps, (await store.effect(effect.id))!)
    hand.now += 7_200_000
    return (await store.effect(effect.id))!.state
  }

  const seen = async () => (await store.readStream(stream)).flatMap((one) => (one.type === 'RevocationSeen' ? [one.data] : []))
  return { asked, list, round, seen, run, hand }
}

describe('given a CA with a revocation list', () => {
  it('when nothing changes from round to round, then one answer is logged; each change is told with the round before', async () => {
    const { list, round, seen, asked, run } = await rig()
    expect([await round('1'), await round('2')]).toEqual(['done', 'done'])
    expect(await seen()).toEqual([{ listed: 'no', why: 'w' }])
    list.says = new Error('it hangs')
    await round('3')
    list.says = { listed: 'yes', why: 'w', thisUpdateMs: 5 }
    await round('4')
    const at = (n: number) => inWindow + n * 7_200_000
    expect((await seen()).slice(1)).toEqual([
      { listed: 'unknown', why: 'it hangs', beforeMs: at(1) },
      { listed: 'yes', why: 'w', thisUpdateMs: 5, beforeMs: at(2) },
    ])
    expect(new Set(asked)).toEqual(new Set([`${run.plan.run.identities.attacker} http://127.0.0.1:1/ca.crl`]))
  })

  it('when two rounds overlap, then the change is told once', async () => {
    const { round, seen } = await rig()
    expect(await Promise.all([round('1'), round('2')])).toEqual(['done', 'done'])
    expect((await seen()).map(({ listed }) => listed)).toEqual(['no'])
  })

  it('when the story is ahead of the machine, then the date of the list is told in its time', async () => {
    const { list, round, seen, hand } = await rig()
    hand.aheadMs = 1_000_000
    list.says = { listed: 'yes', why: 'w', thisUpdateMs: inWindow - 1_000_000 - 60_000 }
    await round('1')
    expect(await seen()).toMatchObject([{ thisUpdateMs: inWindow - 60_000 }])
  })

  it('when the certificate stands in it, then nobody asks any more', async () => {
    const { list, round, asked } = await rig()
    list.says = { listed: 'yes', why: 'w' }
    expect([await round('1'), await round('2'), await round('3')]).toEqual(['done', 'done', 'done'])
    expect(asked).toHaveLength(1)
  })

  it('when a rehearsal would have to leave this machine, or all is halted, then it is not asked', async () => {
    const far = await rig({ crl: 'http://ca.example/ca.crl' })
    expect(await far.round('1')).toBe('refused')
    const halted = await rig({ halted: 'a STOP file lies there' })
    expect(await halted.round('1')).toBe('refused')
    expect([...far.asked, ...halted.asked, ...(await far.seen())]).toEqual([])
  })
})
