import { resolve } from 'node:path'
import type { Command } from 'commander'
import { exportArchive, ownRunLike } from '../archive.ts'
import { visibleText } from '../domain/text.ts'
import { utcWords } from '../domain/zone.ts'
import { type KeptRun, keepArchive, listKept, removeKept } from '../io/archive/kept.ts'
import { scanArchive } from '../io/archive/scan.ts'
import { ownPublicKey } from '../io/signatures.ts'
import { type Cli, printJson, table } from './cli.ts'

type Export = { out: string; withContents?: true; json?: true }
type Import = { as?: string; json?: true }

export function addArchive(archive: Command, cli: Cli): void {
  archive
    .command('export')
    .summary('write a whole run into one file that anybody can verify')
    .description(
      'Writes every fact of a run as it is stored, with the heads of its chains and our signature over them. It is confidential: the plan names the sites and their contacts. Check it anywhere with: ssc verify FILE',
    )
    .argument('<run>')
    .requiredOption('--out <file>', 'where to, for example run.ssc.gz')
    .option(
      '--with-contents',
      'also the erasable content: mails, reports and findings, which are personal and which no purge erases in the file',
    )
    .option('--json', 'as data')
    .action((run: string, options: Export) => writeArchive(cli, run, options))
  archive
    .command('import')
    .summary('bring a run of another instance, to read and compare it: all of it is verified first')
    .description(
      'The run is kept apart from our own, and nothing is ever done for it. Personal content in the file is not kept.\nAfterwards it is named ORIGIN/RUN: ssc score ORIGIN/RUN',
    )
    .argument('<file>')
    .option('--as <name>', 'how its origin is called here (default: as it calls itself)')
    .option('--json', 'as data')
    .action((file: string, options: Import) => bringArchive(cli, file, options))
  archive
    .command('list')
    .summary('the runs that were brought')
    .option('--json', 'as data')
    .action((options: { json?: true }) => listArchives(cli, options))
  archive
    .command('remove')
    .summary('forget a run that was brought')
    .argument('<origin/run>')
    .action((name: string) => {
      removeKept(cli.config.home, name)
      cli.out(`${name} was removed.\n`)
    })
}

async function writeArchive(cli: Cli, run: string, { out, json, ...options }: Export): Promise<void> {
  const withContents = options.withContents === true
  const file = resolve(cli.cwd, out)
  const written = await exportArchive(await cli.instance(), run, { file, withContents })
  if (json) return printJson(cli, { run, file, ...written })
  const personal = withContents ? ` and ${written.contents} pieces of personal content` : ''
  cli.out(`${file}: ${written.facts} facts${personal}. Check it with: ssc verify ${file}\n`)
}

async function bringArchive(cli: Cli, name: string, { as, json }: Import): Promise<void> {
  const file = resolve(cli.cwd, name)
  const scanned = await scanArchive(file)
  const instance = await cli.instance()
  const own = await ownRunLike(instance, scanned)
  if (own === 'same' || own === 'earlier') {
    if (json) return printJson(cli, { run: scanned.run, own, kept: false })
    const state = own === 'same' ? 'as it stands in our log' : 'as it stood in our log'
    return cli.out(`This is our own run ${scanned.run}, ${state}: nothing is kept of the file.\n`)
  }
  const { heads: _, ...kept } = await keepArchive(cli.config.home, file, {
    ...(as === undefined ? {} : { as }),
    nowMs: instance.clock.now(),
  })
  const isOwnKey = ownPublicKey(cli.config.keysFolder) === scanned.publicKey
  if (json) return printJson(cli, { ...kept, own, isOwnKey, kept: true })
  const full = `${kept.origin}/${kept.run}`
  const twin = own === 'other' ? `We have a run of that name that says something else.\n` : ''
  const words = kept.isNew ? `${kept.facts} facts, all in their chains.` : 'It was here already.'
  const whose = isOwnKey ? ' That is our own key.' : ''
  cli.out(
    `${full}: ${words}\nSigned by '${visibleText(kept.name)}' with the key ${kept.fingerprint}.${whose}\n${twin}See it with: ssc score ${full}\n`,
  )
}

function listArchives(cli: Cli, { json }: { json?: true }): void {
  const kept = listKept(cli.config.home)
  if (json) printJson(cli, kept.map(withoutHeads))
  else if (kept.length === 0) cli.out('No run was brought. Bring one with: ssc archive import FILE\n')
  else cli.out(keptTable(kept))
}

function withoutHeads({ heads: _, ...one }: KeptRun): Omit<KeptRun, 'heads'> {
  return one
}

function keptTable(kept: readonly KeptRun[]): string {
  const rows = kept.map(({ origin, run, facts, asOf, name, fingerprint }) => [
    `${origin}/${run}`,
    String(facts),
    utcWords(asOf),
    fingerprint.slice(0, 16),
    visibleText(name),
  ])
  return table([['RUN', 'FACTS', 'NEWEST FACT', 'KEY', 'MADE BY'], ...rows])
}
