import type { Command } from 'commander'
import { freezeRun } from '../app/freeze-run.ts'
import { utcWords } from '../domain/zone.ts'
import { type Cli, printJson, visible } from './cli.ts'
import { neverEmpty } from './run-file.ts'

export function addNoDrill(command: Command, cli: Cli): void {
  command
    .description(
      'A real incident comes first: freezes the run at once, and tells every site that knows of the exercise, or has a job of it, by mail.\nThe reason stands in these mails: write nothing there that must not leave.',
    )
    .argument('<run>')
    .requiredOption('--reason <words>', 'what the sites are told')
    .option('--by <name>', 'who says so', cli.user)
    .option('--json', 'as data')
    .action(async (run: string, options: { by: string; reason: string; json?: true }) => {
      const by = neverEmpty(options.by, '--by')
      const reason = neverEmpty(options.reason, '--reason').slice(0, 500)
      const { pause, told } = await freezeRun(await cli.instance(), { run, by, reason })
      if (options.json) return printJson(cli, { run, ...pause, told })
      cli.out(`Frozen: ${run}, since ${utcWords(pause.fromMs)}, by ${visible(pause.by)}: ${visible(pause.reason)}.\n`)
      cli.out(`${told} ${told === 1 ? 'site is' : 'sites are'} told by mail while \`ssc serve\` runs. Nothing else is sent.\n`)
      cli.out(`When it is over: ssc resume ${run} --by NAME. To end the exercise for good: ssc stop ${run}\n`)
    })
}
