import type { Command } from 'commander'
import { resendFailed } from '../../app/order-letter.ts'
import { InputError } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'
import { type Cli, printJson, table } from '../cli.ts'
import { neverEmpty } from '../run-file.ts'

type Options = { failed?: true; unsure?: true; by: string; json?: true }

export function addResend(mail: Command, cli: Cli): void {
  mail
    .command('resend')
    .summary('send once more what was refused or came back')
    .argument('<run>')
    .option('--failed', 'what was refused, or came back as undeliverable')
    .option('--unsure', 'besides, what may have gone out: the addressee can get it twice')
    .option('--by <name>', 'who says so', cli.user)
    .option('--json', 'as data')
    .action((run: string, options: Options) => resend(cli, run, options))
}

async function resend(cli: Cli, run: string, { failed, json, ...options }: Options): Promise<void> {
  const unsure = options.unsure === true
  const by = neverEmpty(options.by, '--by')
  if (!failed) throw new InputError(`only what failed is sent once more: add --failed. See what that is: ssc mail list ${run} --failed`, [])
  const { store, clock } = await cli.instance()
  const resent = await resendFailed({ store, clock }, { run, by, unsure })
  if (json) return printJson(cli, { run, by, resent })
  if (resent.length === 0) return cli.out(`Nothing of ${run} failed${unsure ? '' : ' for sure'}: nothing is sent again.\n`)
  cli.out(table([['WHO', 'LETTER', 'WHAT BECAME OF IT'], ...resent.map((one) => [one.who, one.letter, plainLine(one.was, 120)])]))
  cli.out(
    `${resent.length} ${resent.length === 1 ? 'letter goes' : 'letters go'} once more while \`ssc serve\` runs, to the addresses of the plan.\n`,
  )
}
