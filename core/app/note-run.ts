import { InputError } from '../domain/errors.ts'
import { challengeStream, type Fulfils, partyStream } from '../domain/event.ts'
import type { NewFact } from '../ports.ts'
import { plannedParty } from './addressed.ts'
import type { Core } from './deps.ts'
import { partyOpening } from './launch-run.ts'
import { plannedSite, readPlannedRun } from './view.ts'

/** What a party can be noted to have done: it has no job, and writes no report. */
export const ofParties: readonly Fulfils[] = ['heads-up', 'contained']

export type Note = { run: string; by: string; text: string; fulfils?: Fulfils; happenedMs?: number } & (
  | { site: string }
  | { party: string }
)

/** An officer's word becomes evidence: a phone call counts too. Throws InputError for a site or a party that the plan does not have, and for what is still to come. */
export async function noteRun(core: Core, note: Note): Promise<void> {
  const run = await readPlannedRun(core.store, note.run)
  const { by, text, fulfils, happenedMs = core.clock.now() } = note
  if (happenedMs > core.clock.now()) throw new InputError('nothing was noted:', ['--at: that is still to come'])
  const data = { by, text, happenedMs, ...(fulfils && { fulfils }) }
  const noted = (stream: string): NewFact => ({ stream, type: 'OfficerNoted', data })
  if ('site' in note) {
    const site = plannedSite(run, note.site)
    await core.store.commit({ run: note.run, facts: [noted(challengeStream(note.run, site.name))] })
    return
  }
  const party = plannedParty(run, note.party)
  if (fulfils !== undefined && !ofParties.includes(fulfils))
    throw new InputError(`a note of a party fulfils ${ofParties.join(' or ')}, not ${fulfils}. Nothing was noted.`, [])
  await core.store.commit({ run: note.run, facts: [partyOpening(note.run, party), noted(partyStream(note.run, party.id))] })
}
