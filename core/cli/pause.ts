import type { Command } from 'commander'
import { agreePause } from '../app/agree-pause.ts'
import { pauseRun } from '../app/pause-run.ts'
import { InputError } from '../domain/errors.ts'
import { utcWords } from '../domain/zone.ts'
import { type Cli, printJson, visible } from './cli.ts'
import { momentOf } from './moment.ts'
import { neverEmpty } from './run-file.ts'

type Options = { site?: string; from?: string; until?: string; by: string; reason?: string; json?: true }

export function addPause(command: Command, cli: Cli): void {
  command
    .description(
      'Holds a run: nothing new is submitted, probed or mailed until `ssc resume`. Agents go on as they are, and no clock of a site runs. What falls due meanwhile waits for your word: ssc held RUN\nWith --site it holds nothing: the clocks of that site alone stand still for a time that was agreed with it.',
    )
    .argument('<run>')
    .option('--site <name>', 'agreed with this site: its clocks stand still, and all else goes on')
    .option('--from <time>', 'with --site: from when, with its zone')
    .option('--until <time>', 'with --site: until when')
    .option('--by <name>', 'who pauses it', cli.user)
    .option('--reason <words>', 'why; for a site it must be given')
    .option('--json', 'as data')
    .action(async (run: string, options: Options) => {
      const by = neverEmpty(options.by, '--by')
      if (options.site !== undefined) return pauseSite(cli, run, { ...options, by, site: options.site })
      if (options.from !== undefined || options.until !== undefined)
        throw new InputError('--from and --until are agreed with one site: give --site. Nothing was paused.', [])
      const reason = neverEmpty(options.reason ?? 'no reason was given', '--reason').slice(0, 500)
      const pause = await pauseRun(await cli.instance(), { run, by, reason, because: 'officer' })
      if (options.json) return printJson(cli, { run, ...pause })
      cli.out(`Paused: ${run}, since ${utcWords(pause.fromMs)}, by ${visible(pause.by)}: ${visible(pause.reason)}.\n`)
      cli.out(`Go on with: ssc resume ${run} --by NAME. End it for good with: ssc stop ${run}\n`)
    })
}

async function pauseSite(cli: Cli, run: string, { site, from, until, reason, by, json }: Options & { site: string }): Promise<void> {
  const missing = Object.entries({ '--from': from, '--until': until, '--reason': reason }).flatMap(([name, given]) =>
    given === undefined || given.trim() === '' ? [`${name} is missing`] : [],
  )
  if (missing.length > 0) throw new InputError('nothing was agreed:', missing)
  const words = neverEmpty(reason!, '--reason').slice(0, 500)
  const agreed = { run, site, fromMs: momentOf(from!, '--from'), untilMs: momentOf(until!, '--until'), by, reason: words }
  await agreePause(await cli.instance(), agreed)
  if (json) return printJson(cli, agreed)
  cli.out(`Agreed: the clocks of ${site} stand still from ${utcWords(agreed.fromMs)} until ${utcWords(agreed.untilMs)}.\n`)
  cli.out(`Nothing else is held. Its lights follow from it at once: ssc score ${run} --site ${site} --explain\n`)
}
