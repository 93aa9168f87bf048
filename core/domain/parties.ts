import { splitAddress } from './mail.ts'
import { AFTERMATH_MS, type PlanInput, type PlannedParty, type PlannedSite } from './plan.ts'
import type { Run } from './run.ts'

type Wish = Pick<PlanInput, 'run' | 'federation' | 'holidays'>

/** The NGIs of the sites, with the contacts that the federation knows, and those whom the run names; the run's word on an NGI counts more. */
export function chooseParties({ run, federation, holidays }: Wish, sites: readonly PlannedSite[]): PlannedParty[] {
  const named = run.parties.map((party) => ({ ...party, id: idOf(party) }))
  const ngis = [...new Set(sites.map((site) => site.ngi))].sort().flatMap((name) => {
    const known = federation.ngis.find((one) => one.name === name)
    const address = known?.securityContact ?? known?.contact
    const { timeZone, country } = sites.find((site) => site.ngi === name)!
    return address === undefined ? [] : [{ id: idOf({ role: 'ngi', name }), role: 'ngi' as const, name, address, timeZone, country }]
  })
  const parties = new Map([...ngis, ...named].map((party) => [party.id, party]))
  const [from, to] = [Date.parse(run.window.from), Date.parse(run.window.to) + AFTERMATH_MS]
  return [...parties.values()].map((party) => ({ ...party, holidays: holidays(party.country, from, to) }))
}

function idOf({ role, name }: { role: string; name: string }): string {
  return `${role}-${name.replaceAll(/[^A-Za-z0-9._-]+/g, '_')}`
}

/** Where letters may go: what a contact was changed to after the plan was approved is not among it. */
export function domainsOf(run: Run, sites: readonly PlannedSite[], parties: readonly PlannedParty[]): string[] {
  const addresses = [
    ...sites.flatMap((site) => [site.securityContact, ...(site.manager === undefined ? [] : [site.manager])]),
    ...parties.map((party) => party.address),
  ]
  return [...new Set([...addresses.map((address) => splitAddress(address).domain.toLowerCase()), ...run.mailDomains])].sort()
}
