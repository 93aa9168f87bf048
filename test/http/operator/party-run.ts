import type { Event } from '../../../core/domain/event.ts'
import type { Instance } from '../../../core/instance.ts'
import { answered, aParty, told } from '../../domain/one-party.ts'
import { chain, sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'

export const party = aParty('ca')
/** Of the letter with which it answers. */
export const answerHash = 'ab'.repeat(32)

/** A run with a CA that was told and answered five hours later. */
export async function runWithParty(instance: Instance, wish: { seed: number; sites: number }): Promise<{ run: string; events: Event[] }> {
  const events = sampleRun(wish).map((event) =>
    event.type === 'RunPlanned' ? { ...event, data: { ...event.data, plan: { ...event.data.plan, parties: [party] } } } : event,
  )
  const run = events[0]!.stream.split('/')[1]!
  const answer = answered(5)
  const fact = { ...answer.fact, data: { ...answer.fact.data, contentHash: answerHash } } as typeof answer.fact
  const own = chain([told(), { ...answer, fact }].map((one) => ({ ...one, stream: `party/${run}/${party.id}` })))
  const all = [...events, ...own] as Event[]
  return { run: await putRun(instance, all), events: all }
}
