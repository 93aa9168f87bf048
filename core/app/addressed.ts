import { InputError, PermanentError } from '../domain/errors.ts'
import { challengeStream, partyStream } from '../domain/event.ts'
import { ngiOf } from '../domain/letters.ts'
import type { Role } from '../domain/mail.ts'
import type { PlannedParty, PlannedSite } from '../domain/plan.ts'
import type { PlannedRun } from '../domain/work.ts'
import type { Addressed } from './deps.ts'
import { plannedSite } from './view.ts'

/** Whom a piece of work is about: `site` or `party` names it in the plan. */
export type About = { site?: unknown; party?: unknown }

export function streamAbout(run: string, { site, party }: About): string {
  return party === undefined ? challengeStream(run, String(site)) : partyStream(run, String(party))
}

export function plannedParty({ plan }: Pick<PlannedRun, 'plan'>, id: string): PlannedParty {
  const party = plan.parties.find((one) => one.id === id)
  if (party) return party
  const known = plan.parties.map((one) => one.id)
  throw new InputError(
    `${id} takes no part in ${plan.id}. ${known.length === 0 ? 'No party does.' : `There are: ${known.join(', ')}.`}`,
    [],
  )
}

/** To whom a letter about a site or a party goes. Throws PermanentError where the plan knows no address for that role. */
export function addressedIn(run: PlannedRun, about: About, role: Role): Addressed {
  if (about.party !== undefined) {
    const party = plannedParty(run, String(about.party))
    return { party, name: party.name, timeZone: party.timeZone, address: party.address }
  }
  const site = plannedSite(run, String(about.site))
  const { name, timeZone, address } = addressOf(run, site, role)
  if (address === undefined) throw new PermanentError(`the plan knows no address of ${role} for ${site.name}`)
  return { site, name, timeZone, address }
}

function addressOf({ plan }: PlannedRun, site: PlannedSite, role: Role): { name: string; timeZone: string; address: string | undefined } {
  const { name, timeZone } = site
  if (role === 'site') return { name, timeZone, address: site.securityContact }
  if (role === 'manager') return { name, timeZone, address: site.manager }
  const ngi = role === 'ngi' ? ngiOf(plan, site) : undefined
  return { name: ngi?.name ?? name, timeZone: ngi?.timeZone ?? timeZone, address: ngi?.address }
}
