import { extname, resolve } from 'node:path'
import type { Command } from 'commander'
import { gocdbFederation, importGocdb, importSiteRows, loadFederation } from '../app/import-sites.ts'
import { tellOpenRuns, waitsForCertification } from '../app/watch-gocdb.ts'
import { InputError } from '../domain/errors.ts'
import type { Federation } from '../domain/site.ts'
import { type GocdbFiles, readGocdb } from '../io/gocdb/read-gocdb.ts'
import { type FetchOptions, fetchGocdb } from '../io/gocdb-fetch.ts'
import { fetchOptions } from '../io/gocdb-source.ts'
import { readText } from '../io/read-yaml.ts'
import { readSitesCsv } from '../io/sites-csv.ts'
import { type Cli, printJson, table } from './cli.ts'

const MOST_XML_BYTES = 64 * 1024 * 1024

/** Older downtimes pause no clock of a run that is planned now. */
const DOWNTIMES_MS = 60 * 86_400_000

type ImportOptions = { services?: string; downtimes?: string; ngis?: string; contacts?: string; certifications?: string; json?: true }
type FetchCommand = {
  url?: string
  cert?: string
  key?: string
  ca?: string
  tokenFile?: string
  scope?: string
  timeout: string
  json?: true
}

export function addSites(sites: Command, cli: Cli): void {
  sites
    .command('import')
    .summary("read GOCDB's XML, or sites.csv with what is not in GOCDB; all of it or nothing")
    .argument('<file>', 'get_site.xml, or a file that ends in .csv')
    .option('--services <file>', 'get_service_endpoint.xml')
    .option('--downtimes <file>', 'get_downtime.xml')
    .option('--ngis <file>', 'get_ngi.xml')
    .option('--contacts <file>', 'get_site_contacts.xml')
    .option('--certifications <file>', 'get_cert_status_changes.xml: runs that are under way are told')
    .option('--json', 'as data')
    .action((file: string, options: ImportOptions) =>
      extname(file).toLowerCase() === '.csv' ? importCsv(cli, file, options) : importXml(cli, file, options),
    )
  sites
    .command('fetch')
    .summary('get the same from GOCDB over HTTPS; the last good copy stays when anything fails')
    .option('--url <base>', 'for example https://goc.egi.eu/gocdbpi; default: gocdb of config.yaml, with all that it says')
    .option('--cert <file>', 'client certificate')
    .option('--key <file>', 'its key')
    .option('--ca <file>', 'the authorities to trust')
    .option('--token-file <file>', 'a file with a bearer token, instead of a certificate')
    .option('--scope <names>', 'only these scopes, separated by commas')
    .option('--timeout <seconds>', 'for all of it', '120')
    .option('--json', 'as data')
    .action((options: FetchCommand) => fetchSites(cli, options))
  sites
    .command('list')
    .summary('list the sites that are known')
    .option('--json', 'as data')
    .action((options: { json?: true }) => listSites(cli, options))
}

async function importXml(cli: Cli, file: string, options: ImportOptions): Promise<void> {
  const read = (name: string) => ({ name, text: readText(resolve(cli.cwd, name), MOST_XML_BYTES) })
  const files: GocdbFiles = {
    sites: read(file),
    ...(options.services !== undefined && { services: read(options.services) }),
    ...(options.downtimes !== undefined && { downtimes: read(options.downtimes) }),
    ...(options.ngis !== undefined && { ngis: read(options.ngis) }),
    ...(options.contacts !== undefined && { contacts: read(options.contacts) }),
    ...(options.certifications !== undefined && { certifications: read(options.certifications) }),
  }
  await keep(cli, files, options)
}

async function keep(cli: Cli, files: GocdbFiles, options: { json?: true; before?: string[] }): Promise<void> {
  const { federation, certifications, warnings } = readGocdb(files)
  const { store } = await cli.instance()
  const dropped = await importGocdb(store, federation)
  const told = await tellOpenRuns(store, { downtimes: federation.downtimes, certifications })
  report(cli, federation, { warnings: [...(options.before ?? []), ...warnings, ...dropped], told, ...options })
}

async function importCsv(cli: Cli, file: string, options: ImportOptions): Promise<void> {
  const extra = (['services', 'downtimes', 'ngis', 'contacts', 'certifications'] as const).filter((name) => options[name] !== undefined)
  if (extra.length > 0) throw new InputError(`--${extra[0]} goes with get_site.xml, not with a CSV file`, [])
  const { store } = await cli.instance()
  const { federation, rows, warnings } = readSitesCsv(
    { name: file, text: readText(resolve(cli.cwd, file), MOST_XML_BYTES) },
    await gocdbFederation(store),
  )
  await importSiteRows(store, rows)
  report(cli, federation, { warnings, ...options })
}

async function fetchSites(cli: Cli, options: FetchCommand): Promise<void> {
  const how = howToFetch(cli, options)
  const timeoutMs = Number(options.timeout) * 1000
  if (!(timeoutMs > 0)) throw new InputError('--timeout is a number of seconds', [])
  const { clock, store } = await cli.instance()
  const downtimesSince = new Date(clock.now() - DOWNTIMES_MS).toISOString().slice(0, 10)
  const more = (await waitsForCertification(store)) ? (['certifications'] as const) : []
  const { files, warnings } = await fetchGocdb({ ...how, timeoutMs, signal: cli.signal, downtimesSince }, more)
  await keep(cli, files, { ...options, before: warnings })
}

/** As the options say; without an address, as config.yaml does. */
function howToFetch(cli: Cli, { url, cert, key, ca, tokenFile, scope }: FetchCommand): Omit<FetchOptions, 'timeoutMs'> {
  const path = (file: string) => resolve(cli.cwd, file)
  if ((cert === undefined) !== (key === undefined)) throw new InputError('--cert and --key go together', [])
  const { gocdb } = cli.config
  if (url === undefined && gocdb === undefined) throw new InputError("give GOCDB's address with --url, or as gocdb.url in config.yaml", [])
  return {
    ...(url === undefined ? fetchOptions(gocdb!) : { baseUrl: url }),
    ...(cert !== undefined && key !== undefined && { certificate: { certPath: path(cert), keyPath: path(key) } }),
    ...(ca !== undefined && { caPath: path(ca) }),
    ...(tokenFile !== undefined && { token: readText(path(tokenFile)).trim() }),
    ...(scope !== undefined && { scope }),
  }
}

function report(cli: Cli, federation: Federation, { warnings, told, json }: { warnings: string[]; told?: number; json?: true }): void {
  const { sites, downtimes, ngis } = federation
  const counts = {
    sites: sites.length,
    endpoints: sites.reduce((sum, site) => sum + site.endpoints.length, 0),
    downtimes: downtimes.length,
    ngis: ngis.length,
    ...(told === undefined ? {} : { told }),
  }
  if (json) {
    printJson(cli, { ...counts, warnings })
    return
  }
  if (warnings.length > 0) cli.err(`${warnings.length} warnings:\n${warnings.map((one) => `  - ${one}`).join('\n')}\n`)
  cli.out(`Known now: ${counts.sites} sites, ${counts.endpoints} endpoints, ${counts.downtimes} downtimes, ${counts.ngis} NGIs.\n`)
  if (told !== undefined && told > 0)
    cli.out(`${told} of the downtimes and changes of certification are news for runs that are under way.\n`)
}

async function listSites(cli: Cli, options: { json?: true }): Promise<void> {
  const federation = await loadFederation((await cli.instance()).store)
  const sites = federation?.sites ?? []
  if (options.json) return printJson(cli, sites)
  if (sites.length === 0)
    return cli.out('No sites are imported yet. Import them with: ssc sites import get_site.xml --services get_service_endpoint.xml\n')
  const rows = sites.map((site) => [
    site.name,
    site.country,
    site.ngi,
    site.certification,
    site.infrastructure,
    site.securityContact ?? 'none',
    String(site.endpoints.length),
  ])
  cli.out(table([['SITE', 'COUNTRY', 'NGI', 'CERTIFICATION', 'INFRASTRUCTURE', 'SECURITY CONTACT', 'ENDPOINTS'], ...rows]))
}
