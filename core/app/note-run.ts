import { challengeStream, type Fulfils } from '../domain/event.ts'
import type { Core } from './deps.ts'
import { plannedSite, readRunState } from './view.ts'

export type Note = { run: string; site: string; by: string; text: string; fulfils?: Fulfils; happenedMs?: number }

/** An officer's word becomes evidence: a phone call counts too. */
export async function noteRun(core: Core, note: Note): Promise<void> {
  const state = await readRunState(core.store, note.run)
  const site = plannedSite(state, note.site)
  const { by, text, fulfils } = note
  const data = { by, text, happenedMs: note.happenedMs ?? core.clock.now(), ...(fulfils && { fulfils }) }
  await core.store.commit({ run: note.run, facts: [{ stream: challengeStream(note.run, site.name), type: 'OfficerNoted', data }] })
}
