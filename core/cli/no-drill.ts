import type { Command } from 'commander'
import { pauseRun } from '../app/pause-run.ts'
import { readChallenge, readLaunchedRun, streamOf } from '../app/view.ts'
import { knowsOfRun } from '../domain/challenge.ts'
import { RefusedError } from '../domain/errors.ts'
import { pausedBy } from '../domain/run-state.ts'
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
      await refuseTwice(cli, run)
      const pause = await pauseRun(await cli.instance(), { run, by, reason, because: 'real incident' })
      const told = await participants(cli, run)
      if (options.json) return printJson(cli, { run, ...pause, told })
      cli.out(`Frozen: ${run}, since ${utcWords(pause.fromMs)}, by ${visible(pause.by)}: ${visible(pause.reason)}.\n`)
      cli.out(`${told} ${told === 1 ? 'site is' : 'sites are'} told by mail while \`ssc serve\` runs. Nothing else is sent.\n`)
      cli.out(`When it is over: ssc resume ${run} --by NAME. To end the exercise for good: ssc stop ${run}\n`)
    })
}

/** Each freeze is told once: a second word would be written down, and reach nobody. */
async function refuseTwice(cli: Cli, name: string): Promise<void> {
  const { store } = await cli.instance()
  const pause = pausedBy(await readLaunchedRun(store, name))
  if (pause?.because !== 'real incident') return
  throw new RefusedError(
    `the run ${name} is frozen already, since ${utcWords(pause.fromMs)}, by ${pause.by}, and the sites are told why: ${pause.reason}. What else they have to know, tell them in your own way.`,
  )
}

/** How many sites have a mail or a job of the run. */
async function participants(cli: Cli, name: string): Promise<number> {
  const { store } = await cli.instance()
  const run = await readLaunchedRun(store, name)
  const states = await Promise.all(run.plan.sites.map((site) => readChallenge(store, streamOf(run, site))))
  return states.filter(knowsOfRun).length
}
