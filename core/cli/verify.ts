import { resolve } from 'node:path'
import type { Command } from 'commander'
import { verifyRun } from '../verify.ts'
import { type Cli, Exit, printJson } from './cli.ts'

export function addVerify(command: Command, cli: Cli): void {
  command
    .argument('<run>')
    .option('--report <file>', 'a JSON report to check (default: the one in SSC_HOME/reports, where there is one)')
    .option('--json', 'as data')
    .action(async (run: string, options: { report?: string; json?: true }) => {
      const file = options.report === undefined ? undefined : resolve(cli.cwd, options.report)
      const result = await verifyRun(await cli.instance(), run, file)
      if (options.json) printJson(cli, { run, ...result })
      else if (result.faults.length === 0)
        cli.out(
          `${run}: all ${result.facts} facts are in their chains${result.report === null ? '' : `, and ${result.report} follows from them`}.\n`,
        )
      else cli.err(`${run} does not hold:\n${result.faults.map((fault) => `  - ${fault}`).join('\n')}\n`)
      if (result.faults.length > 0) throw new Exit(1)
    })
}
