import type { GocdbNews, GocdbQuestion } from '../domain/gocdb-news.ts'
import { readNews } from './gocdb/news.ts'
import type { GocdbOptions } from './gocdb/options.ts'
import { type DocumentName, type FetchOptions, fetchDocuments } from './gocdb-fetch.ts'
import { readText } from './read-yaml.ts'

const TIMEOUT_MS = 120_000
const DAY_MS = 86_400_000

/** Reads anew what runs wait for. Rejects when GOCDB cannot be had; `problems` tells of records that were left out. */
export async function askGocdb(
  options: GocdbOptions,
  { sites, sinceMs, wants, signal }: GocdbQuestion,
): Promise<GocdbNews & { problems: string[] }> {
  const names: DocumentName[] = [
    ...(wants.downtimes ? ['downtimes' as const] : []),
    ...(wants.certifications ? ['certifications' as const] : []),
  ]
  const { files, warnings } = await fetchDocuments(
    { ...fetchOptions(options), timeoutMs: TIMEOUT_MS, signal, downtimesSince: dayOf(sinceMs) },
    names,
  )
  const news = readNews(files, sites)
  return { ...news, problems: [...warnings, ...news.problems] }
}

/** How config.yaml says that GOCDB is reached. Throws InputError when the token's file cannot be read. */
export function fetchOptions({ url, certificateFile, keyFile, caFile, tokenFile, scope }: GocdbOptions): Omit<FetchOptions, 'timeoutMs'> {
  return {
    baseUrl: url,
    ...(certificateFile !== undefined && keyFile !== undefined && { certificate: { certPath: certificateFile, keyPath: keyFile } }),
    ...(caFile !== undefined && { caPath: caFile }),
    ...(tokenFile !== undefined && { token: readText(tokenFile).trim() }),
    ...(scope !== undefined && { scope }),
  }
}

/** The day before, YYYY-MM-DD: what ends in the hours around it is not lost to a time zone. */
function dayOf(ms: number): string {
  return new Date(ms - DAY_MS).toISOString().slice(0, 10)
}
