import type { Command } from 'commander'
import { approveRun } from '../app/approve-run.ts'
import { type Cli, printJson, visible } from './cli.ts'
import { neverEmpty } from './run-file.ts'

export function addApprove(command: Command, cli: Cli): void {
  command
    .description(
      'Approves the plan of a run as it stands, by its hash. It takes another person than the one who planned it, but for a rehearsal.',
    )
    .argument('<run>', 'the name that `ssc plan` gave')
    .option('--by <name>', 'who approves', cli.user)
    .option('--json', 'as data')
    .action(async (run: string, options: { by: string; json?: true }) => {
      const by = neverEmpty(options.by, '--by')
      const { hash } = await approveRun(await cli.instance(), run, by)
      if (options.json) return printJson(cli, { run, hash, by })
      cli.out(`Approved by ${visible(by)}: ${run} (${hash}).\nLaunch it with: ssc launch ${run} --by NAME (anybody but the planner)\n`)
    })
}
