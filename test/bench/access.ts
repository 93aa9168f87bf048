import { performance } from 'node:perf_hooks'
import type { Instance } from '../../core/instance.ts'
import { alertedRun } from '../app/access-round.ts'
import { sampleIdentities } from '../domain/sample-sites.ts'
import { doorProber, openDoors } from '../services/doors.ts'
import type { Figure } from './figures.ts'

const ENDPOINTS = 400
const ANSWER_MS = 300
/** The longest single deadline of the round. */
const DEADLINE_MS = 5_000

/** Rounds of probes over services in this process, of which one in ten hangs and one in ten refuses; store and log included. */
export async function measureAccess(instance: Instance, rounds: number): Promise<Figure[]> {
  const { attacker, control } = sampleIdentities
  const { doors, open, close } = await openDoors(ENDPOINTS, ANSWER_MS)
  for (const [i, door] of doors.entries()) {
    if (i % 10 === 3) door.behaviour.set(attacker, 'hangs').set(control, 'hangs')
    if (i % 10 === 7) door.behaviour.set(attacker, 'refuses')
  }
  const endpoints = doors.map((door) => door.endpoint)
  const run = await alertedRun(instance, { endpoints }, doorProber(DEADLINE_MS))
  const over: number[] = []
  const sockets: number[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      let most = 0
      const watch = setInterval(() => (most = Math.max(most, open())), 20)
      const start = performance.now()
      await run.round(String(round))
      over.push((performance.now() - start - DEADLINE_MS) / 1_000)
      clearInterval(watch)
      sockets.push(most)
    }
  } finally {
    await run.close()
    await close()
  }
  const remark = `${ENDPOINTS} endpoints, 2 identities, ${ANSWER_MS} ms, 10 % hang, 10 % refuse`
  return [
    { name: 'a round of probes: time over the longest deadline', unit: 's', values: over, goal: { most: 2 }, digits: 2, remark },
    { name: 'a round of probes: sockets at once', unit: '', values: sockets, digits: 0 },
  ]
}
