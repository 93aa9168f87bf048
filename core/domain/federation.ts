import { z } from 'zod'
import { type Endpoint, type Federation, MailAddress, Site, SiteName } from './site.ts'

/** One line: nothing that could begin another header, line or field. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const OneLine = z.string().regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/, 'control characters are not allowed')

export const HostName = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,252})$/, 'not a host name')

/** The characters of RFC 3986; GOCDB also holds addresses without a scheme. */
export const EndpointUrl = z
  .string()
  .max(2000)
  .regex(/^[0-9A-Za-z:/.&?_$+!*'(),#[\]@;=~%-]+$/, 'not an address')

export const ServiceType = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, 'a service type has letters, digits, dot, dash, underscore')

/** An IANA name that this machine knows; offsets like +01:00 have no summer time and are refused. */
export const TimeZone = z.string().refine(isTimeZone, 'not an IANA time zone, for example Europe/Paris')

function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

/** Of Europe, only Iceland keeps UTC all the year. */
const EUROPE = new Set(
  'AD AL AM AT AZ BA BE BG BY CH CY CZ DE DK EE ES FI FR GB GE GR HR HU IE IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SK SM TR UA UK VA XK'.split(
    ' ',
  ),
)
const UTC = /^(Etc\/)?(UTC|UCT|GMT|GMT[+-]?0|Greenwich|Universal|Zulu)$/i

/** Why the working hours of a site may be wrong, if so. */
export function timeZoneWarning(site: { name: string; country: string; timeZone: string }): string | undefined {
  if (!EUROPE.has(site.country) || !UTC.test(site.timeZone)) return undefined
  return `${site.name} (${site.country}) says ${site.timeZone}: its working hours may be wrong`
}

const optionalLine = OneLine.max(200).optional()

/** A line of sites.csv as it was written, checked cell by cell. Kept whole, so that it also fits a newer import from GOCDB. */
export const SiteRow = z.object({
  line: z.number().int(),
  name: SiteName,
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'not a two-letter country code')
    .optional(),
  country_name: optionalLine,
  ngi: optionalLine,
  time_zone: TimeZone.optional(),
  security_contact: MailAddress.optional(),
  contact: MailAddress.optional(),
  certification: OneLine.max(100).optional(),
  infrastructure: OneLine.max(100).optional(),
  tier: OneLine.max(20).optional(),
  scopes: OneLine.max(5000).optional(),
  vo: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'not the name of a VO')
    .optional(),
  vo_name: optionalLine,
  service_type: ServiceType.optional(),
  host_name: HostName.optional(),
  endpoint_url: EndpointUrl.optional(),
})
export type SiteRow = z.infer<typeof SiteRow>

/** What only a site that GOCDB does not know may say. */
const SITE_COLUMNS = [
  ...(['country', 'country_name', 'ngi', 'time_zone', 'security_contact', 'contact'] as const),
  ...(['certification', 'infrastructure', 'tier', 'scopes'] as const),
] as const

type Problem = { line: number; words: string }
type Tell = (row: SiteRow, words: string) => void

export const EMPTY_FEDERATION: Federation = { sites: [], downtimes: [], ngis: [] }

/**
 * The federation with the rows of sites.csv added. A row that does not fit is left out as far as it does not fit, and
 * told of: the import refuses the file then, while a later load, after GOCDB has changed, goes on without it.
 */
export function mergeSiteRows(known: Federation, rows: readonly SiteRow[]): { federation: Federation; problems: Problem[] } {
  const problems: Problem[] = []
  const tell: Tell = (row, words) => problems.push({ line: row.line, words: `${row.name}: ${words}` })
  const sites = new Map(known.sites.map((site) => [site.name, site]))
  for (const [name, ofSite] of rowsBySite(rows)) {
    const base = sites.get(name)
    if (base !== undefined) tellForeignColumns(ofSite, tell)
    const site = base ?? newSite(ofSite, tell)
    if (site !== undefined) sites.set(name, withServices(withVoNames(site, ofSite, tell), ofSite, tell))
  }
  return { federation: { ...known, sites: [...sites.values()] }, problems }
}

function rowsBySite(rows: readonly SiteRow[]): Map<string, SiteRow[]> {
  const groups = new Map<string, SiteRow[]>()
  for (const row of rows) {
    const group = groups.get(row.name)
    if (group === undefined) groups.set(row.name, [row])
    else group.push(row)
  }
  return groups
}

function tellForeignColumns(rows: readonly SiteRow[], tell: Tell): void {
  for (const row of rows) {
    const given = SITE_COLUMNS.filter((column) => row[column] !== undefined)
    if (given.length > 0) tell(row, `GOCDB knows this site and says its ${given.join(', ')}: leave the cells empty`)
  }
}

function newSite(rows: readonly SiteRow[], tell: Tell): Site | undefined {
  const first = rows[0]!
  const cells: Partial<Record<(typeof SITE_COLUMNS)[number], string>> = {}
  for (const row of rows) {
    for (const column of SITE_COLUMNS) {
      const value = row[column]
      if (value !== undefined && (cells[column] ?? value) !== value)
        tell(row, `${column} is ${JSON.stringify(cells[column])} in a line above`)
      if (value !== undefined) cells[column] ??= value
    }
  }
  const missing = (['country', 'ngi', 'time_zone'] as const).filter((column) => cells[column] === undefined)
  if (missing.length > 0) {
    tell(first, `GOCDB does not know this site: give its ${missing.join(', ')}, or correct the name`)
    return undefined
  }
  return Site.parse({
    name: first.name,
    country: cells.country,
    countryName: cells.country_name,
    ngi: cells.ngi,
    certification: cells.certification ?? 'Certified',
    infrastructure: cells.infrastructure ?? 'Production',
    timeZone: cells.time_zone,
    tier: cells.tier,
    securityContact: cells.security_contact,
    contact: cells.contact,
    scopes: cells.scopes?.split(/ +/).filter((scope) => scope !== '') ?? [],
    extensions: {},
    voNames: {},
    endpoints: [],
  })
}

function withVoNames(site: Site, rows: readonly SiteRow[], tell: Tell): Site {
  const names = new Map(Object.entries(site.voNames))
  for (const row of rows) {
    if (row.vo === undefined) {
      if (row.vo_name !== undefined) tell(row, 'vo_name without vo: name the VO')
      continue
    }
    // Without a name of its own the VO knows the site by the federation's name.
    const name = row.vo_name ?? names.get(row.vo) ?? site.name
    if ((names.get(row.vo) ?? name) !== name) tell(row, `${row.vo} calls the site ${JSON.stringify(names.get(row.vo))} in a line above`)
    else names.set(row.vo, name)
  }
  return { ...site, voNames: Object.fromEntries(names) }
}

function withServices(site: Site, rows: readonly SiteRow[], tell: Tell): Site {
  const endpoints = [...site.endpoints]
  for (const row of rows) {
    const endpoint = endpointOf(row, tell)
    if (endpoint !== undefined && !endpoints.some((other) => sameEndpoint(other, endpoint))) endpoints.push(endpoint)
  }
  if (endpoints.length > 1000) tell(rows[0]!, `${endpoints.length} endpoints, at most 1000 are kept`)
  return { ...site, endpoints: endpoints.slice(0, 1000) }
}

function endpointOf(row: SiteRow, tell: Tell): Endpoint | undefined {
  const { service_type: serviceType, host_name, endpoint_url: url } = row
  if (serviceType === undefined) {
    if (host_name !== undefined || url !== undefined) tell(row, 'host_name or endpoint_url without service_type: name the type')
    return undefined
  }
  const hostName = host_name ?? (url === undefined ? undefined : hostOf(url))
  if (hostName !== undefined) return { serviceType, hostName, ...(url !== undefined && { url }), inProduction: true }
  tell(row, 'service_type without host_name or a complete endpoint_url: give one of them')
  return undefined
}

function hostOf(url: string): string | undefined {
  const host = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/:?#@]+)(?=[/:?#]|$)/i.exec(url)?.[1]
  return HostName.safeParse(host).data
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.serviceType === b.serviceType && a.hostName === b.hostName && a.url === b.url
}
