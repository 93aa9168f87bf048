import { describe, expect, test } from 'vitest'
import { gocdbFederation, importGocdb, importSiteRows, loadFederation } from '../../core/app/import-sites.ts'
import type { SiteRow } from '../../core/domain/federation.ts'
import type { Federation, Site } from '../../core/domain/site.ts'
import type { Store } from '../../core/ports.ts'

/** The two functions of the store that an import uses; values pass through JSON, as in a database. */
function documents(): Store {
  const kept = new Map<string, string>()
  return {
    document: async (name: string) => (kept.has(name) ? JSON.parse(kept.get(name)!) : undefined),
    putDocument: async (name: string, value: unknown) => void kept.set(name, JSON.stringify(value)),
  } as Partial<Store> as Store
}

function site(name: string): Site {
  const words = { country: 'FR', ngi: 'NGI', certification: 'Certified', infrastructure: 'Production', timeZone: 'Europe/Paris' }
  return { name, ...words, scopes: [], extensions: {}, voNames: {}, endpoints: [] }
}

const federation = (...names: string[]): Federation => ({ sites: names.map(site), downtimes: [], ngis: [] })
const names = async (store: Store) => (await loadFederation(store))?.sites.map((s) => s.name)

const NEW: SiteRow = { line: 2, name: 'NEW', country: 'DE', ngi: 'NGI_DE', time_zone: 'Europe/Berlin', vo: 'cms', vo_name: 'T2_DE_New' }
const OLD: SiteRow = { line: 3, name: 'OLD', vo: 'cms', vo_name: 'T2_FR_Old' }

describe('given a store', () => {
  test('when nothing was imported, then there is no federation', async () => {
    expect(await loadFederation(documents())).toBeUndefined()
  })

  test('when GOCDB is imported again, then it replaces the last import and keeps what sites.csv added', async () => {
    const store = documents()
    await importGocdb(store, federation('OLD', 'GONE'))
    await importSiteRows(store, [NEW, OLD])
    expect(await names(store)).toEqual(['OLD', 'GONE', 'NEW'])
    expect(await importGocdb(store, federation('OLD', 'OTHER'))).toEqual([])
    const loaded = await loadFederation(store)
    expect(loaded?.sites.map((s) => [s.name, s.voNames])).toEqual([
      ['OLD', { cms: 'T2_FR_Old' }],
      ['OTHER', {}],
      ['NEW', { cms: 'T2_DE_New' }],
    ])
  })

  test('when a newer GOCDB contradicts sites.csv, then GOCDB holds, VO names stay, and it is told', async () => {
    const store = documents()
    await importGocdb(store, federation('OLD'))
    await importSiteRows(store, [NEW, OLD])
    expect(await importGocdb(store, federation('NEW'))).toEqual([
      'sites.csv:2: NEW: GOCDB knows this site and says its country, ngi, time_zone: leave the cells empty; left out, correct the file and import it again',
      'sites.csv:3: OLD: GOCDB does not know this site: give its country, ngi, time_zone, or correct the name; left out, correct the file and import it again',
    ])
    const loaded = await loadFederation(store)
    expect(loaded?.sites).toEqual([{ ...site('NEW'), voNames: { cms: 'T2_DE_New' } }])
  })

  test('when sites.csv alone was imported, then its sites are the federation, and GOCDB knows none', async () => {
    const store = documents()
    await importSiteRows(store, [NEW])
    expect(await names(store)).toEqual(['NEW'])
    expect((await gocdbFederation(store)).sites).toEqual([])
  })

  test('when the same sites.csv is imported again, then nothing is there twice', async () => {
    const store = documents()
    await importGocdb(store, federation('OLD'))
    await importSiteRows(store, [NEW, OLD])
    await importSiteRows(store, [NEW, OLD])
    expect(await names(store)).toEqual(['OLD', 'NEW'])
  })
})
