import { plannedParty } from './app/addressed.ts'
import { plannedSite } from './app/view.ts'
import { InputError } from './domain/errors.ts'
import { type MailKind, type Role, traitsOf } from './domain/mail.ts'
import type { Addressee, PlannedRun } from './domain/work.ts'

/** As the command line names one: the site's name, the party's id. */
export function nameOf(one: Addressee): string {
  return 'role' in one ? one.id : one.name
}

/** How an address is looked up in the plan. */
export function aboutOf(one: Addressee): { site: string } | { party: string } {
  return 'role' in one ? { party: one.id } : { site: one.name }
}

/** The one that --site or --party names. */
export function addresseeOf(run: PlannedRun, { site, party }: { site?: string; party?: string }): Addressee {
  if ((site === undefined) === (party === undefined)) throw new InputError('with whom: either --site NAME or --party ID', [])
  return site === undefined ? plannedParty(run, party!) : plannedSite(run, site)
}

/** To whom of a site a letter of this kind goes unless it is said. */
export function usualRole(kind: MailKind): Role {
  return traitsOf(kind).to[0] ?? 'site'
}

const PARTY_ROLES: readonly string[] = ['vo', 'ca', 'nren', 'ngi', 'announce']

/** Those that the words of --to name, each once; every word that names nobody is a problem. */
export function namedIn(run: PlannedRun, words: readonly string[], kind: MailKind): { to: Addressee[]; problems: string[] } {
  const found = new Map<string, Addressee>()
  const problems: string[] = []
  for (const word of words) {
    const ones = namedBy(run, word, kind)
    if (typeof ones === 'string') problems.push(ones)
    else for (const one of ones) found.set(`${'role' in one} ${nameOf(one)}`, one)
  }
  return { to: [...found.values()], problems }
}

/** Whom a word names, or why it names nobody. */
function namedBy(run: PlannedRun, word: string, kind: MailKind): readonly Addressee[] | string {
  const { sites, parties } = run.plan
  const [, group, name = ''] = /^(site|party):(.*)$/.exec(word) ?? []
  if (group === 'site')
    return someOr(
      sites.filter((one) => one.name === name),
      `${word}: it is not in the plan, which has ${namesOf(sites)}`,
    )
  if (group === 'party')
    return someOr(
      parties.filter((one) => one.id === name),
      `${word}: no such party takes part; there are: ${namesOf(parties)}`,
    )
  if (word === 'all-sites') return sites
  // A letter that is not for everybody goes to those for whom it is.
  const fitting = parties.filter((one) => traitsOf(kind).to.includes(one.role))
  if (word === 'all-parties') return someOr(fitting, `${word}: none of the parties gets such a letter; there are: ${namesOf(parties)}`)
  if (PARTY_ROLES.includes(word))
    return someOr(
      parties.filter((one) => one.role === word),
      `${word}: no party of the run is one; there are: ${namesOf(parties)}`,
    )
  return `${word}: say ${meantBy(run, word) ?? `site:NAME, party:ID, all-sites, all-parties, ${PARTY_ROLES.join(', ')}`}`
}

/** A name without what it is of, as one types it at first. */
function meantBy({ plan }: PlannedRun, word: string): string | undefined {
  if (plan.sites.some((one) => one.name === word)) return `site:${word}`
  return plan.parties.some((one) => one.id === word) ? `party:${word}` : undefined
}

function someOr(found: readonly Addressee[], problem: string): readonly Addressee[] | string {
  return found.length === 0 ? problem : found
}

const MOST_NAMES = 20

function namesOf(all: readonly Addressee[]): string {
  const names = all.slice(0, MOST_NAMES).map(nameOf)
  return `${names.join(', ') || 'none'}${all.length > MOST_NAMES ? ` and ${all.length - MOST_NAMES} more` : ''}`
}
