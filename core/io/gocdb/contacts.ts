import type { Site } from '../../domain/site.ts'
import { readPage } from './document.ts'
import { elementsAt, field, mailField, place, type Reading } from './record.ts'
import type { SourceFile } from './source.ts'
import type { StrangerSites } from './strangers.ts'
import type { XmlElement } from './xml.ts'

/**
 * Fills in the security contact of sites that have no CSIRT_EMAIL from get_site_contacts. Of the people in it nothing
 * else is read or kept.
 */
export function readContacts(
  files: readonly SourceFile[],
  sites: ReadonlyMap<string, Site>,
  use: Reading & { strangers: StrangerSites },
): void {
  const take = (record: XmlElement) => {
    const name = field(record, 'SHORT_NAME') ?? record.attributes.NAME
    const officers = elementsAt(record, 'CONTACT').filter((contact) => field(contact, 'ROLE_NAME') === 'Site Security Officer')
    if (name === undefined) return use.problems.add(place(record), 'SHORT_NAME is missing')
    const site = sites.get(name)
    if (site === undefined) return use.strangers.add(name, record)
    const addresses = officers.flatMap((officer) => mailField(officer, 'EMAIL', use) ?? [])
    if (site.securityContact !== undefined || addresses[0] === undefined) return
    site.securityContact = addresses[0]
    use.warnings.add(place(record), `${name} has no CSIRT_EMAIL: the mail address of its Site Security Officer is used`)
  }
  for (const file of files) readPage(file, 'get_site_contacts', { reading: use, take })
}
