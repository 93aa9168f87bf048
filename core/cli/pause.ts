import type { Command } from 'commander'
import { pauseRun } from '../app/pause-run.ts'
import { utcWords } from '../domain/zone.ts'
import { type Cli, printJson, visible } from './cli.ts'
import { neverEmpty } from './run-file.ts'

type Options = { by: string; reason: string; json?: true }

export function addPause(command: Command, cli: Cli): void {
  command
    .description(
      'Holds a run: nothing new is submitted, probed or mailed until `ssc resume`. Agents go on as they are, and no clock of a site runs. What falls due meanwhile waits for your word: ssc held RUN',
    )
    .argument('<run>')
    .option('--by <name>', 'who pauses it', cli.user)
    .option('--reason <words>', 'why', 'no reason was given')
    .option('--json', 'as data')
    .action(async (run: string, options: Options) => {
      const by = neverEmpty(options.by, '--by')
      const reason = neverEmpty(options.reason, '--reason').slice(0, 500)
      const pause = await pauseRun(await cli.instance(), { run, by, reason, because: 'officer' })
      if (options.json) return printJson(cli, { run, ...pause })
      cli.out(`Paused: ${run}, since ${utcWords(pause.fromMs)}, by ${visible(pause.by)}: ${visible(pause.reason)}.\n`)
      cli.out(`Go on with: ssc resume ${run} --by NAME. End it for good with: ssc stop ${run}\n`)
    })
}
