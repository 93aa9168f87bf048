import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { readPlannedRun } from '../../app/view.ts'
import { InputError } from '../../domain/errors.ts'
import { type MailKind, mailKinds, type Role, traitsOf } from '../../domain/mail.ts'
import { previewLetter } from '../../letter-preview.ts'
import { sampleLetter } from '../../sample-letter.ts'
import { type Cli, visible } from '../cli.ts'
import { textOf } from './own-words.ts'
import { shownText } from './show-text.ts'

export type PreviewOptions = {
  kind: MailKind
  scenario?: string
  site?: string
  party?: string
  role?: Role
  text?: string
  textFile?: string
  sites?: string
  raw?: true
}

const MOST_LINES = 2_000

export function addPreview(mail: Command, cli: Cli): void {
  mail
    .command('preview')
    .summary('show exactly the bytes of a letter as it would go out now; nothing is sent')
    .argument('[run]', 'a run, also one that is only planned')
    .addOption(new Option('--kind <kind>', 'which letter').choices(mailKinds).makeOptionMandatory())
    .option('--scenario <id>', 'without a run: with sample data, as this scenario has it')
    .option('--site <name>', 'about this site (default: the first of the plan)')
    .option('--party <id>', 'to this party')
    .addOption(new Option('--role <role>', 'to whom').choices(['site', 'manager', 'ngi', 'vo', 'ca', 'nren', 'announce']))
    .option('--text <words>', 'words of your own')
    .option('--text-file <file>', 'the same from a file')
    .option('--sites <names>', 'the sites that the letter names, separated by commas')
    .option('--raw', 'the bytes as they are, for a file or a mail program')
    .action((run: string | undefined, options: PreviewOptions) => preview(cli, run, options))
}

async function preview(cli: Cli, name: string | undefined, options: PreviewOptions): Promise<void> {
  if ((name === undefined) === (options.scenario === undefined))
    throw new InputError('of what: either RUN, or --scenario ID for sample data', [])
  const { text, problems } = textOf(options, (file) => resolve(cli.cwd, file))
  if (problems.length > 0) throw new InputError('the letter cannot be written:', problems)
  const bytes =
    name === undefined
      ? await sampleLetter(cli.config, { ...options, scenario: options.scenario!, text })
      : await letterOf(cli, name, { ...options, text })
  if (name !== undefined && text === '' && traitsOf(options.kind).needsWords)
    cli.err('Without words of yours it does not go out: give them with --text\n')
  // What we compose is ASCII (RFC 5322, RFC 2045): as text it is the same bytes.
  const written = Buffer.from(bytes).toString('latin1')
  cli.out(options.raw ? written : shownText(written, { indent: '', most: MOST_LINES }))
}

async function letterOf(cli: Cli, name: string, { sites, ...wish }: PreviewOptions & { text: string }): Promise<Uint8Array> {
  const instance = await cli.instance()
  const run = await readPlannedRun(instance.store, name)
  const named = sites?.split(',').map((one) => one.trim())
  const log = (message: string) => cli.err(`${visible(message)}\n`)
  return previewLetter({ instance, log }, run, { ...wish, ...(named && { sites: named }) })
}
