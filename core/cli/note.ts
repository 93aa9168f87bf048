import { type Command, Option } from 'commander'
import { noteRun } from '../app/note-run.ts'
import { InputError } from '../domain/errors.ts'
import type { Fulfils } from '../domain/event.ts'
import type { Cli } from './cli.ts'
import { momentOf } from './moment.ts'
import { neverEmpty } from './run-file.ts'

type Options = { site?: string; party?: string; text: string; by: string; fulfils?: Fulfils; at?: string }

export function addNote(command: Command, cli: Cli): void {
  command
    .argument('<run>')
    .option('--site <name>', 'whose challenge')
    .option('--party <id>', 'or which party of the run, for example vo-cms; ssc score shows them')
    .requiredOption('--text <words>', 'what happened')
    .addOption(new Option('--fulfils <what>', 'what it stands for').choices(['started', 'heads-up', 'contained', 'closure']))
    .option('--at <time>', 'when it happened, with its zone (default: now)')
    .option('--by <name>', 'who says so', cli.user)
    .action(async (run: string, options: Options) => {
      const { fulfils } = options
      const about = aboutOf(options)
      const happenedMs = options.at === undefined ? undefined : momentOf(options.at, '--at')
      const by = neverEmpty(options.by, '--by')
      const text = neverEmpty(options.text, '--text').slice(0, 2000)
      const instance = await cli.instance()
      await noteRun(instance, { run, ...about, text, by, ...(fulfils && { fulfils }), ...(happenedMs !== undefined && { happenedMs }) })
      const [option, name] = 'site' in about ? ['--site', about.site] : ['--party', about.party]
      cli.out(`Noted for ${name}. Its lights follow from it at once: ssc score ${run} ${option} ${name} --explain\n`)
    })
}

function aboutOf({ site, party }: Options): { site: string } | { party: string } {
  if (site !== undefined && party === undefined) return { site }
  if (party !== undefined && site === undefined) return { party }
  throw new InputError('a note is about one site or one party: give either --site or --party. Nothing was noted.', [])
}
