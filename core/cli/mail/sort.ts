import type { Command } from 'commander'
import { dismissMail, sortMail } from '../../app/sort-mail.ts'
import { InputError } from '../../domain/errors.ts'
import type { Cli } from '../cli.ts'
import { neverEmpty } from '../run-file.ts'
import { refuseNoHash } from './judge.ts'

type Options = { run?: string; site?: string; dismiss?: string; by: string }

export function addSort(mail: Command, cli: Cli): void {
  mail
    .command('sort')
    .summary('put a mail from a shelf to a challenge, or take it off the shelf')
    .argument('<hash>', 'how its hash begins, as `ssc mail shelf` shows it')
    .option('--run <run>', 'the run that it belongs to')
    .option('--site <name>', 'the site that wrote it')
    .option('--dismiss <why>', 'it belongs to no challenge')
    .option('--by <name>', 'who says so', cli.user)
    .action((hash: string, options: Options) => sort(cli, hash, options))
}

async function sort(cli: Cli, hash: string, { run, site, dismiss, ...options }: Options): Promise<void> {
  const by = neverEmpty(options.by, '--by')
  refuseNoHash(hash)
  if (dismiss !== undefined) {
    if (run !== undefined || site !== undefined) throw new InputError('either --run and --site, or --dismiss. Nothing was sorted.', [])
    await dismissMail(await cli.instance(), hash, { by, why: neverEmpty(dismiss, '--dismiss').slice(0, 500) })
    return cli.out('Dismissed. It stays in the store for the time of retention, and in the log for good.\n')
  }
  if (run === undefined || site === undefined) throw new InputError('where to: --run RUN --site NAME, or --dismiss WHY', [])
  await sortMail(await cli.instance(), { contentHash: hash, run, site, by })
  cli.out(`Sorted: it belongs to ${site}. See: ssc mail thread ${run} --site ${site}\n`)
}
