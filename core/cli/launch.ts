import type { Command } from 'commander'
import { agentNames } from '../agent/names.ts'
import { type LaunchDeps, launchRun } from '../app/launch-run.ts'
import { openWave } from '../app/open-wave.ts'
import { readLaunchedRun, readRunState } from '../app/view.ts'
import { RefusedError } from '../domain/errors.ts'
import { utcWords } from '../domain/zone.ts'
import { openStopFile, openStopLines } from '../io/stop-file.ts'
import { loadSubmitters } from '../plugins.ts'
import { listenerUrlsOf, renderJob } from '../worker.ts'
import { type Cli, printJson, visible } from './cli.ts'
import { neverEmpty } from './run-file.ts'

type Options = { by: string; rest?: true; reason: string; json?: true }

export function addLaunch(command: Command, cli: Cli): void {
  command
    .description(
      'Sets an approved run in motion; another person than the planner does it. The canaries get their jobs first, the other sites when the agents of these were seen, or with --rest.',
    )
    .argument('<run>', 'the name that `ssc plan` gave')
    .option('--by <name>', 'who launches', cli.user)
    .option('--rest', 'the run was launched: let the sites behind the canaries go now, whatever became of these')
    .option('--reason <words>', 'with --rest: why', 'an officer let the rest go')
    .option('--json', 'as data')
    .action(async (run: string, options: Options) => {
      const by = neverEmpty(options.by, '--by')
      if (options.rest) return launchRest(cli, { ...options, run, by })
      await launch(cli, { ...options, run, by })
    })
}

async function launch(cli: Cli, { run, by, json }: Options & { run: string }): Promise<void> {
  const deps = await launchDeps(cli)
  const instance = await cli.instance()
  const { plan } = await readRunState(instance.store, run)
  const now = instance.clock.wall()
  const agentsEndMs = Math.max(Date.parse(plan.run.window.to), now + 1000)
  const { stopLine } = await launchRun(deps, { run, by, agentsStartMs: now, agentsEndMs })
  openStopLines(cli.config.home).keep(run, stopLine)
  const canaries = plan.sites.filter((site) => site.canary).length
  if (json) return printJson(cli, { run, by, sites: plan.sites.length, canaries })
  const first = canaries === 0 ? '' : ` ${canaries} of them go first, the others when the agents of these were seen.`
  cli.out(
    `Launched by ${by}: ${run}, ${plan.sites.length} sites.${first}\nIt goes on while \`ssc serve\` runs. Watch it with: ssc status ${run}\n`,
  )
}

async function launchDeps(cli: Cli): Promise<LaunchDeps> {
  const instance = await cli.instance()
  const { home } = cli.config
  const listenerUrls = listenerUrlsOf(cli.config)
  return {
    store: instance.store,
    sha256: instance.sha256,
    keys: instance.keys,
    submitters: (await loadSubmitters(home)).submitters,
    listenerUrls,
    haltOf: openStopFile(home).haltOf,
    agentNames,
    renderJob: (order) => renderJob(instance, { listenerUrls }, order),
  }
}

async function launchRest(cli: Cli, { run, by, json, ...options }: Options & { run: string }): Promise<void> {
  const { store } = await cli.instance()
  const reason = neverEmpty(options.reason, '--reason').slice(0, 500)
  const { plan, stopped, waveMs } = await readLaunchedRun(store, run)
  if (stopped) throw new RefusedError(`the run ${run} was stopped; plan a new one`)
  const rest = plan.sites.filter((site) => !site.canary).length
  if (rest === plan.sites.length) throw new RefusedError(`the run ${run} has no canaries: all of its sites went at the launch`)
  if (waveMs !== undefined) throw new RefusedError(`the rest of ${run} was let go already, at ${utcWords(waveMs)}`)
  await openWave({ store }, { run, by, reason })
  if (json) return printJson(cli, { run, by, reason, sites: rest })
  cli.out(`Let go by ${visible(by)}: the other ${rest} sites of ${run}. They get their jobs while \`ssc serve\` runs.\n`)
}
