import type { Command } from 'commander'
import { agentNames } from '../agent/names.ts'
import { launchRun } from '../app/launch-run.ts'
import { readRunState } from '../app/view.ts'
import { openStopFile, openStopLines } from '../io/stop-file.ts'
import { loadSubmitters } from '../plugins.ts'
import { listenerUrlsOf, renderJob } from '../worker.ts'
import { type Cli, printJson } from './cli.ts'
import { neverEmpty } from './run-file.ts'

export function addLaunch(command: Command, cli: Cli): void {
  command
    .argument('<run>', 'the name that `ssc plan` gave')
    .option('--by <name>', 'who launches', cli.user)
    .option('--json', 'as data')
    .action(async (run: string, options: { by: string; json?: true }) => {
      const by = neverEmpty(options.by, '--by')
      const instance = await cli.instance()
      const { plan } = await readRunState(instance.store, run)
      const listenerUrls = listenerUrlsOf(cli.config)
      const deps = {
        store: instance.store,
        sha256: instance.sha256,
        keys: instance.keys,
        submitters: (await loadSubmitters(cli.config.home)).submitters,
        listenerUrls,
        haltOf: openStopFile(cli.config.home).haltOf,
        agentNames,
        renderJob: (order: Parameters<typeof renderJob>[2]) => renderJob(instance, { listenerUrls }, order),
      }
      const now = instance.clock.wall()
      const agentsEndMs = Math.max(Date.parse(plan.run.window.to), now + 1000)
      const { stopLine } = await launchRun(deps, { run, by, agentsStartMs: now, agentsEndMs })
      openStopLines(cli.config.home).keep(run, stopLine)
      if (options.json) return printJson(cli, { run, by, sites: plan.sites.length })
      cli.out(
        `Launched by ${by}: ${run}, ${plan.sites.length} sites.\nIt goes on while \`ssc serve\` runs. Watch it with: ssc status ${run}\n`,
      )
    })
}
