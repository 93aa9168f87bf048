import type { z } from 'zod'
import { TimeZone, timeZoneWarning } from '../../domain/federation.ts'
import { Site } from '../../domain/site.ts'
import { readPage } from './document.ts'
import { quote } from './notes.ts'
import { checkRecord, childOf, elementsAt, field, lineField, mailField, place, present, type Reading } from './record.ts'
import type { SourceFile } from './source.ts'
import type { XmlElement } from './xml.ts'

/** Our words and GOCDB's, of get_site. https://docs.egi.eu/internal/configuration-database/api/ */
const ELEMENTS = {
  name: 'SHORT_NAME',
  officialName: 'OFFICIAL_NAME',
  country: 'COUNTRY_CODE',
  countryName: 'COUNTRY',
  ngi: 'ROC',
  certification: 'CERTIFICATION_STATUS',
  infrastructure: 'PRODUCTION_INFRASTRUCTURE',
  timeZone: 'TIMEZONE',
  tier: 'TIER',
  scopes: 'SCOPES',
  extensions: 'EXTENSIONS',
} as const

const GocdbSite = Site.extend({ timeZone: TimeZone })

/** The sites of get_site, by name. */
export function readSites(files: readonly SourceFile[], reading: Reading): Map<string, Site> {
  const sites = new Map<string, Site>()
  const seen = new Map<string, string>()
  const take = (record: XmlElement) => {
    const name = field(record, 'SHORT_NAME') ?? record.attributes.NAME
    const site = readSite(record, reading)
    const before = name === undefined ? undefined : seen.get(name)
    if (before !== undefined) reading.problems.add(place(record), `site ${quote(name!)} is already at ${before}`)
    else if (name !== undefined) seen.set(name, place(record))
    if (site !== undefined && before === undefined) sites.set(site.name, site)
  }
  for (const file of files) readPage(file, 'get_site', { reading, take })
  return sites
}

function readSite(record: XmlElement, reading: Reading): Site | undefined {
  const text = Object.fromEntries(Object.entries(ELEMENTS).map(([key, element]) => [key, lineField(record, element)]))
  const raw = present({
    ...text,
    // Not put on one line first: a name or an address with a line break in it is a mistake to be told.
    name: field(record, 'SHORT_NAME') ?? record.attributes.NAME,
    timeZone: field(record, 'TIMEZONE'),
    contact: mailField(record, 'CONTACT_EMAIL', reading),
    securityContact: mailField(record, 'CSIRT_EMAIL', reading),
    scopes: elementsAt(record, 'SCOPES', 'SCOPE').flatMap((scope) => scope.text.trim() || []),
    extensions: readExtensions(record),
    location: locationOf(record),
    voNames: {},
    endpoints: [],
  })
  const site = checkRecord(GocdbSite as z.ZodType<Site>, raw, { record, elements: ELEMENTS, problems: reading.problems })
  const warning = site && timeZoneWarning(site)
  if (warning !== undefined) reading.warnings.add(place(childOf(record, 'TIMEZONE') ?? record), warning)
  return site
}

/** A place that is none is left out: it is for a map alone. GOCDB writes 0 and 0 where it knows nothing. */
function locationOf(record: XmlElement): Site['location'] {
  const [latitude, longitude] = ['LATITUDE', 'LONGITUDE'].map((name) => Number(field(record, name) ?? Number.NaN))
  const isPlace = Math.abs(latitude!) <= 90 && Math.abs(longitude!) <= 180 && (latitude !== 0 || longitude !== 0)
  return isPlace ? { latitude: latitude!, longitude: longitude! } : undefined
}

/** GOCDB's extension properties; the values of a key that is there more than once are joined by a comma. */
function readExtensions(record: XmlElement): Record<string, string> {
  const values = new Map<string, string>()
  for (const extension of elementsAt(record, 'EXTENSIONS', 'EXTENSION')) {
    const key = field(extension, 'KEY')
    const value = field(extension, 'VALUE')
    if (key === undefined || value === undefined) continue
    values.set(key, values.has(key) ? `${values.get(key)},${value}` : value)
  }
  return Object.fromEntries(values)
}
