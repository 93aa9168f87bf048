import { z } from 'zod'
import type { CertificationChange } from '../../domain/gocdb-news.ts'
import { readPage } from './document.ts'
import { Seconds } from './downtimes.ts'
import { checkRecord, field, lineField, place, present, type Reading } from './record.ts'
import type { SourceFile } from './source.ts'
import type { KnownSites, StrangerSites } from './strangers.ts'
import type { XmlElement } from './xml.ts'

const ELEMENTS = { site: 'SITE', before: 'OLD_STATUS', now: 'NEW_STATUS', changedMs: 'UNIX_TIME' } as const

/** GOCDB's words: Candidate, Uncertified, Certified, Suspended or Closed. The first entry of a site has no old one. */
const Status = z.string().max(100)
const Change = z.object({ site: z.string(), before: Status.default('unknown'), now: Status, changedMs: Seconds })

/**
 * The changes of get_cert_status_changes, in the order of the file. Who made a change, and the comment, are not read.
 * https://github.com/GOCDB/gocdb, lib/Gocdb_Services/PI/GetCertStatusChanges.php
 */
export function readCertifications(
  files: readonly SourceFile[],
  sites: KnownSites,
  use: Reading & { strangers: StrangerSites },
): CertificationChange[] {
  const changes: CertificationChange[] = []
  const take = (record: XmlElement) => {
    const texts = Object.entries(ELEMENTS).map(([key, element]) => [key, lineField(record, element)])
    const site = field(record, 'SITE')
    if (site !== undefined && !sites.has(site)) return use.strangers.add(site, record)
    // GOCDB leaves the time out of old entries that have none: they are long past.
    if (field(record, 'UNIX_TIME') === undefined)
      return use.warnings.add(place(record), 'a change of certification without a time: left out')
    const raw = present(Object.fromEntries(texts))
    const change = checkRecord(Change as z.ZodType<CertificationChange>, raw, { record, elements: ELEMENTS, problems: use.problems })
    if (change !== undefined) changes.push(change)
  }
  for (const file of files) readPage(file, 'get_cert_status_changes', { reading: use, take })
  return changes
}
