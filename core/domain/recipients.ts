import type { ChallengeState } from './challenge.ts'
import type { Plan, PlannedSite } from './plan.ts'

/** Names of sites and ids of parties. */
export type Recipients = { sites: readonly string[]; parties: readonly string[] }

type Mail = { from: string; to: readonly string[] }

/** The site or the party of this log, where the mail came from one of its known addresses; nobody else speaks for it. */
export function writerOf({ planned, party }: Pick<ChallengeState, 'planned' | 'party'>, { from }: Pick<Mail, 'from'>): string | undefined {
  const site = planned?.data.site
  const [name, addresses] = site === undefined ? [party?.data.party.id, [party?.data.party.address]] : [site.name, addressesOf(site)]
  return isAmong(addresses, [from]) ? name : undefined
}

/** Who of the run got the mail besides us, by their known addresses; whoever has the sender's own address has told itself nothing. */
export function recipientsOf({ sites, parties }: Pick<Plan, 'sites' | 'parties'>, { from, to }: Mail, writer: string): Recipients {
  const others = sites.filter((site) => site.name !== writer && !isAmong(addressesOf(site), [from]))
  const groups = parties.filter(({ id, address }) => id !== writer && !isAmong([address], [from]))
  return {
    sites: others.filter((site) => isAmong(addressesOf(site), to)).map(({ name }) => name),
    parties: groups.filter(({ address }) => isAmong([address], to)).map(({ id }) => id),
  }
}

function addressesOf({ securityContact, manager }: PlannedSite): (string | undefined)[] {
  return [securityContact, manager]
}

function isAmong(own: readonly (string | undefined)[], addresses: readonly string[]): boolean {
  const given = new Set(addresses.map((address) => address.toLowerCase()))
  return own.some((address) => address !== undefined && given.has(address.toLowerCase()))
}
