import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { stopRun } from '../app/stop-run.ts'
import type { Store } from '../ports.ts'
import { type Cli, printJson, visible } from './cli.ts'
import { neverEmpty } from './run-file.ts'

/** How long what has left already is waited for. */
const PATIENCE_MS = 5_000
const POLL_MS = 20

export function addStop(command: Command, cli: Cli): void {
  command
    .argument('<run>')
    .option('--by <name>', 'who stops it', cli.user)
    .option('--reason <words>', 'why', 'no reason was given')
    .option('--json', 'as data')
    .action(async (run: string, options: { by: string; reason: string; json?: true }) => {
      const by = neverEmpty(options.by, '--by')
      const instance = await cli.instance()
      const { agents } = await stopRun(instance, { run, by, reason: options.reason.slice(0, 500) })
      const underWay = await stillUnderWay(instance.store, run)
      if (options.json) return printJson(cli, { run, by, agents, underWay })
      cli.out(`Stopped: ${run}. From now on nothing is submitted, probed or mailed.\n`)
      for (const id of underWay) cli.out(`  could not be held back any more: ${visible(id)}\n`)
      if (agents > 0) cli.out(`${agents} agents are told at their next heartbeat, and their jobs are cancelled while \`ssc serve\` runs.\n`)
    })
}

/** What had passed the gate before the stop: it is over soon, or its other side hangs. */
async function stillUnderWay(store: Store, run: string): Promise<string[]> {
  for (let waited = 0; ; waited += POLL_MS) {
    const doing = (await store.effects(run, ['doing'])).filter((one) => one.kind !== 'cancel-job').map((one) => one.id)
    if (doing.length === 0 || waited >= PATIENCE_MS) return doing
    await pause(POLL_MS)
  }
}
