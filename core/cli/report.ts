import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { documentOfRun, siteDocuments } from '../documents.ts'
import { InputError, messageOf, RefusedError } from '../domain/errors.ts'
import type { Audience } from '../domain/report.ts'
import { type Cli, visible } from './cli.ts'
import { deliver, formatFor, writeDocument } from './deliver.ts'

const kinds = ['run', 'site', 'certificate', 'acknowledgement', 'contacts'] as const
type Options = {
  kind: (typeof kinds)[number]
  site?: string
  allSites?: true
  audience: string
  format: string
  out?: string
}
type SiteKind = 'site' | 'certificate'

export function addReport(command: Command, cli: Cli): void {
  command
    .description(
      "Writes what a run showed: the report of the run, a site's own report or its certificate of participation, the acknowledgement of those that did well, or how good the contacts are.",
    )
    .argument('<run>')
    .addOption(new Option('--kind <kind>', 'what is written').choices(kinds).default('run'))
    .option('--site <name>', 'whose report or certificate')
    .option('--all-sites', 'one file for each site, into the folder of --out')
    .option('--audience <who>', "csirt sees all, ngi:NAME that NGI's sites, public no site at all", 'csirt')
    .option('--format <name>', 'how it is written: html, pdf, markdown, csv, json or misp, where the kind allows it', 'html')
    .option('--out <file>', 'where to (default: to the output)')
    .action(async (run: string, options: Options) => {
      check(options)
      if (options.kind === 'site' || options.kind === 'certificate') return writeOfSites(cli, run, { ...options, kind: options.kind })
      const { kind, audience, format, out } = options
      await formatFor(cli, format, kind)
      const wish = kind === 'run' ? { kind, audience: audienceOf(audience) } : { kind }
      await deliver(cli, await documentOfRun(await cli.instance(), run, wish), { format, out })
    })
}

function check({ kind, site, allSites, audience, out }: Options): void {
  const isOfSite = kind === 'site' || kind === 'certificate'
  if (isOfSite && (site === undefined) === (allSites === undefined))
    throw new InputError(`--kind ${kind} needs either --site NAME or --all-sites`, [])
  if (!isOfSite && (site !== undefined || allSites)) throw new InputError(`--kind ${kind} is not of one site: use --kind site`, [])
  if (allSites && out === undefined) throw new InputError('--all-sites needs --out FOLDER', [])
  if (kind !== 'run' && audience !== 'csirt') throw new InputError(`--kind ${kind} has its own audience: --audience is for --kind run`, [])
}

function audienceOf(text: string): Audience {
  if (text === 'csirt' || text === 'public' || /^ngi:./.test(text)) return text as Audience
  const more = text.startsWith('site:') ? ` For one site: --kind site --site ${text.slice(5)}` : ''
  throw new InputError(`--audience is csirt, ngi:NAME or public, not '${text}'.${more}`, [])
}

async function writeOfSites(cli: Cli, run: string, { kind, site, format, out }: Options & { kind: SiteKind }): Promise<void> {
  const { extension } = await formatFor(cli, format, kind)
  const { report, of } = await siteDocuments(await cli.instance(), run)
  if (site !== undefined) return deliver(cli, of(kind, site), { format, out })
  const folder = resolve(cli.cwd, out!)
  makeFolder(folder)
  for (const one of report.sites) {
    try {
      // A site's name can be no way out of the folder.
      const file = join(folder, `${run}.${encodeURIComponent(one.site)}.${kind}.${extension}`)
      await writeDocument(cli, of(kind, one.site), { format, file })
      cli.out(`${file}\n`)
    } catch (error) {
      if (!(error instanceof RefusedError) || kind === 'site') throw error
      cli.err(`${visible(messageOf(error))}\n`)
    }
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new InputError(`cannot make the folder ${folder}: ${messageOf(error)}`, [])
  }
}
