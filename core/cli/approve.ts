import type { Command } from 'commander'
import { approveRun } from '../app/approve-run.ts'
import { type Cli, printJson } from './cli.ts'
import { neverEmpty } from './run-file.ts'

export function addApprove(command: Command, cli: Cli): void {
  command
    .argument('<run>', 'the name that `ssc plan` gave')
    .option('--by <name>', 'who approves', cli.user)
    .option('--json', 'as data')
    .action(async (run: string, options: { by: string; json?: true }) => {
      const by = neverEmpty(options.by, '--by')
      const { hash } = await approveRun(await cli.instance(), run, by)
      if (options.json) return printJson(cli, { run, hash, by })
      cli.out(`Approved by ${by}: ${run} (${hash}).\nLaunch it with: ssc launch ${run} --by NAME\n`)
    })
}
