import type { GocdbNews } from '../../domain/gocdb-news.ts'
import { readCertifications } from './certifications.ts'
import { readDowntimes } from './downtimes.ts'
import { collectNotes } from './notes.ts'
import type { SourceFile } from './source.ts'
import { countStrangers, type KnownSites } from './strangers.ts'

const SHOWN = 10

/**
 * What the pages tell of these sites; of all others they tell much that is none of our business. Nothing is put in the place of an
 * import here, so a record that is wrong is told of and left out, and keeps no other from being read.
 */
export function readNews(
  files: { downtimes?: readonly SourceFile[]; certifications?: readonly SourceFile[] },
  sites: KnownSites,
): GocdbNews & { problems: string[] } {
  const problems = collectNotes(SHOWN)
  const reading = { problems, warnings: collectNotes(0), strangers: countStrangers() }
  const downtimes = readDowntimes(files.downtimes ?? [], sites, reading)
  const certifications = readCertifications(files.certifications ?? [], sites, reading)
  return { downtimes, certifications, problems: problems.list() }
}
