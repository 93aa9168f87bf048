import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { stopRun } from '../../core/app/stop-run.ts'
import type { Instance } from '../../core/instance.ts'
import { sampleIdentities } from '../domain/sample-sites.ts'
import { type Doors, doorProber, openDoors } from '../services/doors.ts'
import { waitUntil } from '../services/process.ts'
import { type AlertedRun, alertedRun } from './access-round.ts'
import { openFresh } from './instance.ts'

const { attacker, control } = sampleIdentities
const endings: (() => unknown)[] = []
let instance: Instance
let close: () => Promise<void>
let seed = 0

beforeAll(async () => {
  const opened = await openFresh()
  instance = opened.instance
  close = opened.close
})

afterAll(() => close())

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** A run of its own in the one store of this file. */
async function rig(count: number, timeoutMs = 1_000): Promise<Doors & AlertedRun> {
  const doors = await openDoors(count, 5)
  endings.push(doors.close)
  const endpoints = doors.doors.map((door) => door.endpoint)
  const run = await alertedRun(instance, { endpoints, seed: ++seed }, doorProber(timeoutMs))
  endings.push(run.close)
  return { ...doors, ...run }
}

describe('given a run whose sites are alerted', () => {
  it('when nothing changes from round to round, then one answer is logged, and a ban is told with the round before', async () => {
    const { doors, round, answers } = await rig(1)
    await round('1')
    await round('2')
    expect(await answers(0)).toMatchObject([{ attacker: 'accepted', control: 'accepted', service: 'door', endpoint: doors[0]!.endpoint }])
    const before = doors[0]!.asked.at(-1)!.at
    doors[0]!.behaviour.set(attacker, 'refuses')
    await round('3')
    const [, banned] = await answers(0)
    expect(banned).toMatchObject({ attacker: 'refused', control: 'accepted', words: '403 refuses' })
    expect(banned!.beforeMs).toBeGreaterThanOrEqual(before)
    expect(banned!.beforeMs).toBeLessThanOrEqual(doors[0]!.asked.at(-1)!.at)
  })

  it('when a service hangs or is dead, then that is no ban, and the others are asked all the same', async () => {
    const { doors, round, answers } = await rig(3)
    doors[0]!.behaviour.set(attacker, 'hangs').set(control, 'hangs')
    doors[1]!.behaviour.set(attacker, 'refuses')
    await round('1')
    expect(await answers(0)).toMatchObject([{ attacker: 'unreachable', control: 'unreachable' }])
    expect(await answers(1)).toMatchObject([{ attacker: 'refused', control: 'accepted' }])
    expect(await answers(2)).toMatchObject([{ attacker: 'accepted', control: 'accepted' }])
  })

  it('when a round is done again after a crash, then nothing is logged twice', async () => {
    const { round, answers, run } = await rig(2)
    await round('1')
    await instance.store.commit({ run, move: { id: `probe-access.${run}.1`, from: ['done'], to: 'queued' } })
    await round('1')
    expect([await answers(0), await answers(1)].map((all) => all.length)).toEqual([1, 1])
  })

  it('when the run is stopped, then no service is asked any more, not even in a round that is under way', async () => {
    const { doors, round, run } = await rig(300, 2_500)
    for (const door of doors) door.behaviour.set(attacker, 'hangs').set(control, 'hangs')
    const begun = round('1')
    await waitUntil(() => doors.some((door) => door.asked.length > 0), 'the first question')
    await stopRun(instance, { run, by: 'officer', reason: 'enough' })
    await begun
    const count = () => doors.reduce((sum, door) => sum + door.asked.length, 0)
    expect(count()).toBeLessThan(600)
    const asked = count()
    await round('2')
    expect(count()).toBe(asked)
  })

  it('when an identity is not in the register, then it is not asked as, and that is unknown', async () => {
    const { doors, round, answers } = await rig(1)
    writeFileSync(`${instance.config.home}/identities.yaml`, '[]\n')
    await round('1')
    expect(await answers(0)).toMatchObject([{ attacker: 'unknown', control: 'unknown' }])
    expect(doors[0]!.asked).toEqual([])
  })
})

describe('given a rehearsal and a service that is not on this machine', () => {
  it('when a round comes, then it is not asked', async () => {
    const run = await alertedRun(instance, { endpoints: ['https://ce.far.example'], seed: ++seed, rehearsal: true }, doorProber(500))
    endings.push(run.close)
    await run.round('1')
    expect(await run.answers(0)).toEqual([])
  })
})
