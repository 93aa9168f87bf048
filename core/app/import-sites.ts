import { EMPTY_FEDERATION, mergeSiteRows, type SiteRow } from '../domain/federation.ts'
import type { Federation } from '../domain/site.ts'
import type { Store } from '../ports.ts'

/** Kept apart, so that a newer import from GOCDB keeps what sites.csv added. */
const GOCDB = 'federation/gocdb'
const CSV = 'federation/csv'

/** Puts what was read from GOCDB in the place of the last import. Returns which rows of sites.csv no longer fit. */
export async function importGocdb(store: Store, federation: Federation): Promise<string[]> {
  await store.putDocument(GOCDB, federation)
  const { problems } = mergeSiteRows(federation, await csvRows(store))
  return problems.map(({ line, words }) => `sites.csv:${line}: ${words}; left out, correct the file and import it again`)
}

/** Puts the rows of sites.csv in the place of the last import of one; no rows take all additions away. */
export async function importSiteRows(store: Store, rows: readonly SiteRow[]): Promise<void> {
  await store.putDocument(CSV, rows)
}

/** What GOCDB said, without any sites.csv: what a new sites.csv is read against. */
export async function gocdbFederation(store: Store): Promise<Federation> {
  return (await store.document<Federation>(GOCDB)) ?? EMPTY_FEDERATION
}

/** All that is known of the federation, or undefined before the first import. */
export async function loadFederation(store: Store): Promise<Federation | undefined> {
  const gocdb = await store.document<Federation>(GOCDB)
  const rows = await csvRows(store)
  if (gocdb === undefined && rows.length === 0) return undefined
  return mergeSiteRows(gocdb ?? EMPTY_FEDERATION, rows).federation
}

async function csvRows(store: Store): Promise<readonly SiteRow[]> {
  return (await store.document<SiteRow[]>(CSV)) ?? []
}
