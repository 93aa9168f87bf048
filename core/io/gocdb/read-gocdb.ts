import { InputError } from '../../domain/errors.ts'
import type { CertificationChange } from '../../domain/gocdb-news.ts'
import type { Federation } from '../../domain/site.ts'
import { readCertifications } from './certifications.ts'
import { readContacts } from './contacts.ts'
import { readDowntimes } from './downtimes.ts'
import { readNgis } from './ngis.ts'
import { collectNotes } from './notes.ts'
import { readServices } from './services.ts'
import { readSites } from './sites.ts'
import type { SourceFile } from './source.ts'
import { countStrangers } from './strangers.ts'

/** A document is one file, or the pages of one answer. */
export type Pages = SourceFile | readonly SourceFile[]
export type GocdbFiles = { sites: Pages; services?: Pages; downtimes?: Pages; ngis?: Pages; contacts?: Pages; certifications?: Pages }
export type GocdbRead = { federation: Federation; certifications: CertificationChange[]; warnings: string[] }

const SHOWN_PROBLEMS = 50
const SHOWN_WARNINGS = 200

/** Reads GOCDB's documents as a whole; every problem of all of them comes in one InputError. */
export function readGocdb(files: GocdbFiles): GocdbRead {
  const problems = collectNotes(SHOWN_PROBLEMS)
  const warnings = collectNotes(SHOWN_WARNINGS)
  const reading = { problems, warnings, strangers: countStrangers() }
  const sites = readSites(pagesOf(files.sites), reading)
  if (sites.size === 0 && problems.list().length === 0) problems.add(namesOf(files.sites), 'holds no <SITE>: is it the answer to get_site?')
  readServices(pagesOf(files.services), sites, reading)
  const downtimes = readDowntimes(pagesOf(files.downtimes), sites, reading)
  const ngis = readNgis(pagesOf(files.ngis), reading)
  readContacts(pagesOf(files.contacts), sites, reading)
  const certifications = readCertifications(pagesOf(files.certifications), sites, reading)
  if (problems.list().length > 0) throw new InputError('The sites cannot be imported; nothing was changed:', problems.list())
  reading.strangers.tell(warnings)
  return { federation: { sites: [...sites.values()], downtimes, ngis }, certifications, warnings: warnings.list() }
}

function pagesOf(pages: Pages | undefined): readonly SourceFile[] {
  if (pages === undefined) return []
  return 'name' in pages ? [pages] : pages
}

function namesOf(pages: Pages): string {
  return pagesOf(pages)[0]?.name ?? 'get_site'
}
