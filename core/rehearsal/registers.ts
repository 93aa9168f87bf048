import type { Gocdb, Pakiti } from '../app/deps.ts'
import type { PlannedSite } from '../domain/plan.ts'
import { readNews } from '../io/gocdb/news.ts'
import { readPakiti } from '../io/pakiti.ts'
import type { Entry } from './ledger.ts'
import type { Persona } from './persona.ts'

/** What a site's team wrote into a register, ms since 1970. */
type Deed = { site: PlannedSite; at: number; vulnerable: number }

export type Registers = { gocdb: Gocdb; pakiti: Pakiti }

type Source = {
  sites: readonly PlannedSite[]
  personas: ReadonlyMap<string, Persona>
  entries: readonly Entry[]
  now(): number
}

/** The id in the ledger of what an officer has changed in GOCDB. */
export const CERTIFIED = 'certified'

const HOUR_MS = 3_600_000
/** How long a downtime lasts, and how soon a good team has mended what Pakiti found. */
const DOWNTIME_MS = 8 * HOUR_MS
const MENDED_MS = 36 * HOUR_MS

/** GOCDB and Pakiti as the sites left them: in their own formats, read by the parsers that read the real ones. */
export function openRegisters(source: Source): Registers {
  return {
    gocdb: {
      host: '127.0.0.1',
      ask: async ({ sites }) => {
        const file = (name: string, text: string) => ({ name, text: Buffer.from(text) })
        const downtimes = [file('get_downtime.xml', downtimesXml(deedsOf(source, 'declare-downtime')))]
        const certifications = [file('get_cert_status_changes.xml', certificationsXml(certified(source)))]
        return readNews({ downtimes, certifications }, sites)
      },
    },
    pakiti: { host: '127.0.0.1', ask: async ({ site }) => readPakiti(hostsCsv(deedsOf(source, 'run-pakiti'), site, source.now()), 'UTC') },
  }
}

function deedsOf({ sites, personas, entries }: Source, what: 'declare-downtime' | 'run-pakiti'): Deed[] {
  return entries.flatMap((entry) => {
    if (entry.what !== 'done') return []
    const action = personas.get(entry.site)?.actions.find((one) => one.id === entry.action)
    const site = sites.find((one) => one.name === entry.site)
    return action?.do === what && site ? [{ site, at: entry.at, vulnerable: action.vulnerable ?? 0 }] : []
  })
}

function certified({ sites, entries }: Source): Deed[] {
  return entries.flatMap((entry) => {
    const site = sites.find((one) => one.name === entry.site)
    return entry.what === 'done' && entry.action === CERTIFIED && site ? [{ site, at: entry.at, vulnerable: 0 }] : []
  })
}

/** https://github.com/GOCDB/gocdb, lib/Gocdb_Services/PI/GetDowntime.php */
function downtimesXml(deeds: readonly Deed[]): string {
  const records = deeds.map(({ site, at }, i) => {
    const id = 90_000 + i
    const service = `<HOSTNAME>ce.${domainOf(site)}</HOSTNAME><SERVICE_TYPE>ARC-CE</SERVICE_TYPE><HOSTED_BY>${site.name}</HOSTED_BY>`
    return [
      `<DOWNTIME ID="${id}" PRIMARY_KEY="${id}G0" CLASSIFICATION="UNSCHEDULED">`,
      `<PRIMARY_KEY>${id}G0</PRIMARY_KEY><SEVERITY>OUTAGE</SEVERITY><DESCRIPTION>security incident</DESCRIPTION>`,
      `<INSERT_DATE>${seconds(at)}</INSERT_DATE><START_DATE>${seconds(at)}</START_DATE><END_DATE>${seconds(at + DOWNTIME_MS)}</END_DATE>`,
      `<SERVICES><SERVICE><PRIMARY_KEY>${id}</PRIMARY_KEY>${service}</SERVICE></SERVICES>`,
      '</DOWNTIME>',
    ].join('\n')
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<results>\n${records.join('\n')}\n</results>\n`
}

/** https://github.com/GOCDB/gocdb, lib/Gocdb_Services/PI/GetCertStatusChanges.php */
function certificationsXml(deeds: readonly Deed[]): string {
  const records = deeds.map(
    ({ site, at }) =>
      `<result><TIME>${new Date(at).toISOString()}</TIME><UNIX_TIME>${seconds(at)}</UNIX_TIME><SITE>${site.name}</SITE>` +
      '<OLD_STATUS>Uncertified</OLD_STATUS><NEW_STATUS>Certified</NEW_STATUS><CHANGED_BY>-</CHANGED_BY><COMMENT>-</COMMENT></result>',
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<results>\n${records.join('\n')}\n</results>\n`
}

/** https://github.com/CESNET/pakiti-server, src/modules/api/hosts.php: only hosts where something is tagged. */
function hostsCsv(deeds: readonly Deed[], site: string, nowMs: number): string {
  const rows = deeds
    .filter((deed) => deed.site.name === site && (deed.vulnerable > 0 || nowMs < deed.at + MENDED_MS))
    .flatMap((deed) =>
      Array.from({ length: Math.max(1, deed.vulnerable) }, (_, i) => {
        const last = new Date(deed.at).toISOString().slice(0, 19).replace('T', ' ')
        return `Critical,CVE-2027-100${i},${site},wn042.${domainOf(deed.site)},"AlmaLinux 9",x86_64,"${last}"`
      }),
    )
  return `${['tag,cve,site,host,os,arch,last_report', ...rows].join('\n')}\n`
}

function domainOf({ securityContact }: PlannedSite): string {
  return securityContact.slice(securityContact.lastIndexOf('@') + 1)
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}
