import type { Command } from 'commander'
import { stopRun } from '../app/stop-run.ts'
import { type Cli, printJson } from './cli.ts'
import { neverEmpty } from './run-file.ts'

export function addStop(command: Command, cli: Cli): void {
  command
    .argument('<run>')
    .option('--by <name>', 'who stops it', cli.user)
    .option('--reason <words>', 'why', 'no reason was given')
    .option('--json', 'as data')
    .action(async (run: string, options: { by: string; reason: string; json?: true }) => {
      const by = neverEmpty(options.by, '--by')
      const { agents } = await stopRun(await cli.instance(), { run, by, reason: options.reason.slice(0, 500) })
      if (options.json) return printJson(cli, { run, by, agents })
      cli.out(`Stopped: ${run}. From now on nothing is submitted, probed or mailed.\n`)
      if (agents > 0) cli.out(`${agents} agents are told at their next heartbeat, and their jobs are cancelled while \`ssc serve\` runs.\n`)
    })
}
