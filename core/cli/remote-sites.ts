import { extname, resolve } from 'node:path'
import type { Command } from 'commander'
import { importAct, sitesPage } from '../http/operator/views/sites.ts'
import { readText } from '../io/read-yaml.ts'
import { printJson, table, visible } from './cli.ts'
import type { Far } from './remote-api.ts'

const MOST_XML_BYTES = 64 * 1024 * 1024

type Files = { services?: string; downtimes?: string; ngis?: string; contacts?: string }
type Json = { json?: true }

/** What is known of the federation. */
export function addSites(program: Command, far: Far): void {
  const sites = program.command('sites').summary('what is known of the federation: import, list')
  sites
    .command('import')
    .summary("read GOCDB's XML, or sites.csv with what is not in GOCDB; all of it or nothing")
    .argument('<file>', 'get_site.xml, or a file that ends in .csv')
    .option('--services <file>', 'get_service_endpoint.xml')
    .option('--downtimes <file>', 'get_downtime.xml')
    .option('--ngis <file>', 'get_ngi.xml')
    .option('--contacts <file>', 'get_site_contacts.xml')
    .option('--json', 'as data')
    .action((file: string, { json, ...files }: Files & Json) => importSites(far, { file, files }, { ...(json && { json }) }))
  sites
    .command('list')
    .summary('list the sites that are known')
    .option('--json', 'as data')
    .action((options: Json) => listSites(far, options))
}

async function importSites({ api, cwd, out, err }: Far, { file, files }: { file: string; files: Files }, { json }: Json): Promise<void> {
  const body = new FormData()
  const first = extname(file).toLowerCase() === '.csv' ? 'csv' : 'sites'
  for (const [name, path] of Object.entries({ [first]: file, ...files }))
    body.append(name, new Blob([readText(resolve(cwd, path), MOST_XML_BYTES)]), path)
  const done = await api.act(importAct, { body })
  if (json) return printJson({ out }, done)
  if (done.warnings.length > 0) err(`${done.warnings.length} warnings:\n${done.warnings.map((one) => `  - ${visible(one)}`).join('\n')}\n`)
  out(`Known now: ${done.sites} sites.\n`)
}

async function listSites({ api, out }: Far, { json }: Json): Promise<void> {
  const { sites } = await api.read(sitesPage)
  if (json) return printJson({ out }, sites)
  const rows = sites.map((one) => [
    one.name,
    one.country,
    one.ngi,
    one.certification,
    one.securityContact ?? 'none',
    one.services.join(', '),
  ])
  out(table([['SITE', 'COUNTRY', 'NGI', 'CERTIFICATION', 'SECURITY CONTACT', 'SERVICES'], ...rows]))
}
