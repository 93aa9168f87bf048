import { type Command, Option } from 'commander'
import { noteRun } from '../app/note-run.ts'
import type { Fulfils } from '../domain/event.ts'
import type { Cli } from './cli.ts'
import { momentOf } from './moment.ts'
import { neverEmpty } from './run-file.ts'

type Options = { site: string; text: string; by: string; fulfils?: Fulfils; at?: string }

export function addNote(command: Command, cli: Cli): void {
  command
    .argument('<run>')
    .requiredOption('--site <name>', 'whose challenge')
    .requiredOption('--text <words>', 'what happened')
    .addOption(new Option('--fulfils <what>', 'what it stands for').choices(['started', 'heads-up', 'contained', 'closure']))
    .option('--at <time>', 'when it happened, with its zone (default: now)')
    .option('--by <name>', 'who says so', cli.user)
    .action(async (run: string, options: Options) => {
      const { site, fulfils } = options
      const happenedMs = options.at === undefined ? undefined : momentOf(options.at, '--at')
      const by = neverEmpty(options.by, '--by')
      const text = neverEmpty(options.text, '--text').slice(0, 2000)
      const instance = await cli.instance()
      await noteRun(instance, { run, site, text, by, ...(fulfils && { fulfils }), ...(happenedMs !== undefined && { happenedMs }) })
      cli.out(`Noted for ${site}. Its lights follow from it at once: ssc score ${run} --site ${site} --explain\n`)
    })
}
