import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { InputError } from '../domain/errors.ts'
import { keptRun } from '../io/archive/kept.ts'
import { type VerifiedFile, verifyArchive, verifyReport, verifyRun, type Whose } from '../verify.ts'
import { type Cli, Exit, printJson, visible } from './cli.ts'

type Options = { report?: string; json?: true }

export function addVerify(command: Command, cli: Cli): void {
  command
    .description(
      'Checks a run of ours in the store; or an archive or a report that was given out, which needs no store: a site can do that at home.\nHow to do it with openssl and sha256sum alone is told in core/decisions/020-archive.md.',
    )
    .argument('[run or file]', 'a run of ours, ORIGIN/RUN, an archive, or a report as .html or .json')
    .option('--report <file>', 'a report to check, as .json or .html (of a run: default the one in SSC_HOME/reports, where there is one)')
    .option('--json', 'as data')
    .action((name: string | undefined, options: Options) => verify(cli, name, options))
}

async function verify(cli: Cli, name: string | undefined, options: Options): Promise<void> {
  const report = options.report === undefined ? undefined : resolve(cli.cwd, options.report)
  if (name === undefined) {
    if (report === undefined) throw new InputError('give a run, the file of an archive, or --report FILE', [])
    return tellFile(cli, { file: report, ...(await verifyReport(report, cli)) }, options)
  }
  // A name of ours has no dot: a page or JSON that was given out is a report.
  if (report === undefined && /\.(html|json)$/.test(name)) return verify(cli, undefined, { ...options, report: name })
  const archive = archiveOf(cli, name)
  if (archive === undefined) return tellRun(cli, name, { ...options, ...(report && { report }) })
  if (report !== undefined) throw new InputError('--report goes with a run of ours, or alone', [])
  tellFile(cli, { file: archive, ...(await verifyArchive(archive, cli)) }, options)
}

/** The name of a run has no dot and no slash. */
function archiveOf(cli: Cli, name: string): string | undefined {
  const file = resolve(cli.cwd, name)
  if (existsSync(file) && statSync(file).isFile()) return file
  if (/^[a-z0-9-]+\/[a-z0-9-]+$/.test(name)) return keptRun(cli.config.home, name).file
  return /[./]/.test(name) ? file : undefined
}

async function tellRun(cli: Cli, run: string, { report: file, json }: Options): Promise<void> {
  const result = await verifyRun(await cli.instance(), run, file)
  const { facts, report, faults } = result
  if (json) printJson(cli, { run, ...result })
  else if (faults.length === 0)
    cli.out(`${run}: all ${facts} facts are in their chains${report === null ? '' : `, and ${report} follows from them`}.\n`)
  else cli.err(`${run} does not hold:\n${faults.map((fault) => `  - ${fault}\n`).join('')}`)
  if (faults.length > 0) throw new Exit(1)
}

const kinds: Record<VerifiedFile['kind'], string> = {
  archive: 'an archive',
  run: 'a report',
  site: "a site's report",
  certificate: 'a certificate',
}

const whose: Record<Whose, string> = {
  ours: 'That is the key of this instance.',
  another:
    'That is not the key of this instance. Ask those who gave you the file for the fingerprint of theirs, by another way than the file came.',
  unknown:
    'There is no key here to compare it with. Ask those who gave you the file for the fingerprint of theirs, by another way than the file came.',
}

function tellFile(cli: Cli, verified: VerifiedFile & { file: string }, { json }: Options): void {
  const { file, kind, run, checked, faults, fingerprint, left } = verified
  const list = (items: readonly string[]) => items.map((one) => `  - ${visible(one)}\n`).join('')
  const holds = faults.length === 0
  if (json) printJson(cli, { holds, ...verified })
  else {
    const key = fingerprint === undefined ? '' : `Signed with the key ${fingerprint}. ${whose[verified.whose]}\n`
    const open = left.length === 0 ? '' : `Not verified:\n${list(left)}`
    const good = checked.length === 0 ? '' : `Verified:\n${list(checked)}`
    const text = `${file}: ${kinds[kind]} of ${visible(run)} ${holds ? 'holds' : 'does not hold'}.\n`
    if (holds) cli.out(`${text}${good}${key}${open}`)
    else cli.err(`${text}${list(faults)}${good}${key}`)
  }
  if (!holds) throw new Exit(1)
}
