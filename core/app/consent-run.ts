import { consentOf, nameOf } from '../domain/consent.ts'
import { InputError } from '../domain/errors.ts'
import { type ConsentOf, challengeStream, runStream } from '../domain/event.ts'
import type { Plan } from '../domain/plan.ts'
import type { Core } from './deps.ts'
import { readRunState } from './view.ts'

type Word = { run: string; of: ConsentOf; by: string; recordedBy: string }

/** Writes down that a site or an NGI agrees, and for which time, ms since 1970. Gives back the sites that it is about. */
export async function giveConsent(
  { store, clock }: Pick<Core, 'store' | 'clock'>,
  word: Word & { fromMs?: number; toMs?: number },
): Promise<string[]> {
  const { run, ...data } = word
  const state = await readRunState(store, run)
  const sites = sitesOf(state.plan, word.of)
  if (data.fromMs !== undefined && data.toMs !== undefined && data.toMs <= data.fromMs)
    throw new InputError('the time that is consented to ends before it begins', [])
  const streams = new Set(sites.map((site) => challengeStream(run, site)))
  // Where they had withdrawn before the job was sent, its agent must not be told to stop as soon as it begins.
  const now = { ...state, consents: [...state.consents, { of: word.of, by: word.by, at: clock.now(), given: true }] }
  const back = state.plan.sites.filter((site) => sites.includes(site.name) && consentOf(now, site, clock.now()).is !== 'withdrawn')
  const freeJobs = back.map((site) => challengeStream(run, site.name))
  await store.commit({ run, facts: [{ stream: runStream(run), type: 'ConsentGiven', data }], freeJobs })
  // What waited for this word need not wait longer; the gate asks everything else again.
  for (const { id, stream } of await store.effects(run, ['deferred']))
    if (streams.has(stream)) await store.commit({ run, move: { id, from: ['deferred'], to: 'queued', due: clock.now() } })
  return sites
}

/** They take part no longer: nothing more is sent, their agents are told to stop and their jobs are cancelled. */
export async function withdrawConsent({ store }: Pick<Core, 'store'>, word: Word & { reason: string }): Promise<string[]> {
  const { run, ...data } = word
  const { plan } = await readRunState(store, run)
  const sites = sitesOf(plan, word.of)
  const stopJobs = sites.map((site) => challengeStream(run, site))
  await store.commit({ run, facts: [{ stream: runStream(run), type: 'ConsentWithdrawn', data }], stopJobs })
  return sites
}

function sitesOf({ id, sites }: Plan, of: ConsentOf): string[] {
  const found = sites.filter((site) => ('site' in of ? site.name === of.site : site.ngi === of.ngi)).map((site) => site.name)
  if (found.length > 0) return found
  const known = 'site' in of ? sites.map((site) => site.name) : [...new Set(sites.map((site) => site.ngi))].sort()
  throw new InputError(`${nameOf(of)} is not in the plan of ${id}. It has: ${known.join(', ')}.`, [])
}
