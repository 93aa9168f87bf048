import { z } from 'zod'
import { gocdbFederation, importGocdb, importSiteRows, loadFederation } from '../../../app/import-sites.ts'
import { tellOpenRuns } from '../../../app/watch-gocdb.ts'
import { isCsirt, ngisOf, seesNgi, type Viewer } from '../../../domain/account.ts'
import { InputError } from '../../../domain/errors.ts'
import type { Federation } from '../../../domain/site.ts'
import { readGocdb } from '../../../io/gocdb/read-gocdb.ts'
import { readSitesCsv } from '../../../io/sites-csv.ts'
import { acting, reading } from '../route.ts'

const Line = z.object({
  name: z.string(),
  ngi: z.string(),
  country: z.string(),
  certification: z.string(),
  timeZone: z.string(),
  securityContact: z.string().nullable(),
  services: z.array(z.string()),
})

/** What is known of the federation. */
export const sitesPage = reading({
  name: 'sites',
  path: '/sites',
  summary: 'The sites that are known, with their contacts and services',
  need: 'office',
  query: z.object({ find: z.string().max(100).default('') }),
  answer: z.object({ sites: z.array(Line) }),
  read: async ({ office, viewer, query: { find } }) => {
    const all = (await loadFederation(office.instance.store))?.sites ?? []
    const part = find.trim().toLowerCase()
    const own = all.filter(({ name, ngi }) => seesNgi(viewer.account, ngi) && `${name} ${ngi}`.toLowerCase().includes(part))
    const sites = own.map(({ name, ngi, country, certification, timeZone, securityContact = null, endpoints }) => ({
      ...{ name, ngi, country, certification, timeZone, securityContact },
      services: [...new Set(endpoints.map(({ serviceType }) => serviceType))],
    }))
    return { sites: sites.sort((a, b) => (a.name < b.name ? -1 : 1)) }
  },
  page: ({ sites }, { query: { find } }) => ({
    title: 'Sites',
    template: 'sites',
    view: {
      find,
      count: sites.length,
      sites: sites.map((one) => ({ ...one, securityContact: one.securityContact ?? '', services: one.services.join(', ') })),
    },
  }),
})

/** As a form brings it, or as a text in JSON; an empty choice is none. */
const File = z.union([z.string().max(64 * 1024 * 1024), z.instanceof(Uint8Array)]).optional()
const textOf = (name: string, file: z.infer<typeof File>) => (file === undefined || file.length === 0 ? undefined : { name, text: file })

export const importAct = acting({
  name: 'import-sites',
  path: '/sites',
  summary: "Reads GOCDB's XML; all of it or nothing. An officer of an NGI brings the sites of that NGI alone",
  need: 'office',
  uploads: true,
  on: sitesPage,
  body: z.object({ sites: File, services: File, downtimes: File, ngis: File, contacts: File, csv: File }),
  answer: z.object({ sites: z.number().int(), warnings: z.array(z.string()) }),
  act: async ({ office, viewer, body }) => {
    const { store } = office.instance
    const files = {
      ...fileNamed('services', 'get_service_endpoint.xml', body.services),
      ...fileNamed('downtimes', 'get_downtime.xml', body.downtimes),
      ...fileNamed('ngis', 'get_ngi.xml', body.ngis),
      ...fileNamed('contacts', 'get_site_contacts.xml', body.contacts),
    }
    const sites = textOf('get_site.xml', body.sites)
    const csv = textOf('sites.csv', body.csv)
    if (sites === undefined && csv === undefined) throw new InputError('nothing was imported:', ['choose get_site.xml, or a sites.csv'])
    const before = await gocdbFederation(store)
    const read = sites && readGocdb({ sites, ...files })
    const after = read?.federation ?? before
    refuseForeign(viewer, before, after)
    const rows = csv && readSitesCsv({ name: csv.name, text: Buffer.from(csv.text).toString('utf8') }, after)
    const dropped = read === undefined ? [] : await importGocdb(store, after)
    if (read !== undefined) await tellOpenRuns(store, { downtimes: after.downtimes, certifications: [] })
    if (rows !== undefined) await importSiteRows(store, rows.rows)
    const warnings = [...(read?.warnings ?? []), ...(rows?.warnings ?? []), ...dropped]
    const count = after.sites.length
    const said = `Known now: ${count} sites.${warnings.length === 0 ? '' : ` ${warnings.length} warnings, the first: ${warnings[0]}`}`
    return { data: { sites: count, warnings }, said, to: '/sites' }
  },
})

function fileNamed<Key extends string>(key: Key, name: string, file: z.infer<typeof File>) {
  const found = textOf(name, file)
  return (found === undefined ? {} : { [key]: found }) as Partial<Record<Key, { name: string; text: string | Uint8Array }>>
}

/** An import takes the place of the one before it: nobody does that to sites of others. */
function refuseForeign({ account }: Viewer, before: Federation, after: Federation): void {
  if (isCsirt(account)) return
  const own = new Set(ngisOf(account))
  const foreign = [...before.sites, ...after.sites].filter(({ ngi }) => !own.has(ngi))
  if (foreign.length === 0) return
  const ngis = [...new Set(foreign.map(({ ngi }) => ngi))].sort().slice(0, 10)
  throw new InputError('nothing was imported:', [
    `an import takes the place of all that is known, and there are sites of ${ngis.join(', ')}: an officer of the CSIRT does it`,
  ])
}
