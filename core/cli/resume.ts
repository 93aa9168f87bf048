import type { Command } from 'commander'
import { resumeRun } from '../app/pause-run.ts'
import { readRunState } from '../app/view.ts'
import { pausedBy } from '../domain/run-state.ts'
import { type Cli, printJson } from './cli.ts'
import { heldData, heldTable } from './held.ts'
import { neverEmpty } from './run-file.ts'

type Options = { by: string; reason: string; json?: true }

export function addResume(command: Command, cli: Cli): void {
  command
    .description('Goes on with a paused run. What fell into the pause is listed and still waits: nothing goes out in a burst.')
    .argument('<run>')
    .option('--by <name>', 'who lets it go on', cli.user)
    .option('--reason <words>', 'why', 'no reason was given')
    .option('--json', 'as data')
    .action(async (run: string, options: Options) => {
      const by = neverEmpty(options.by, '--by')
      const reason = neverEmpty(options.reason, '--reason').slice(0, 500)
      const instance = await cli.instance()
      const pause = pausedBy(await readRunState(instance.store, run))
      const held = await resumeRun(instance, { run, by, reason })
      if (options.json) return printJson(cli, { run, by, held: held.map(heldData) })
      cli.out(`Goes on: ${run}. The time of the pause does not count against the sites.\n`)
      if (pause?.because === 'real incident')
        cli.out('The sites were told that it is frozen, and no mail tells them that it goes on: do so in your own way.\n')
      if (held.length === 0) return cli.out(`Nothing has fallen into the pause so far. Look again a minute later with: ssc held ${run}\n`)
      cli.out(`${held.length} ${held.length === 1 ? 'piece' : 'pieces'} of work fell into the pause:\n\n${heldTable(held)}\n`)
      cli.out(
        `Have it done with: ssc held ${run} --do all (or ID...), ten seconds apart. Let it drop with: ssc held ${run} --drop all (or ID...)\n`,
      )
    })
}
