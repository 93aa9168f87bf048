import type { Command } from 'commander'
import { openWave } from '../app/open-wave.ts'
import { readLaunchedRun } from '../app/view.ts'
import { consentOf } from '../domain/consent.ts'
import { RefusedError } from '../domain/errors.ts'
import type { LaunchedRun } from '../domain/work.ts'
import { utcWords } from '../domain/zone.ts'
import { launch as launchNow } from '../launching.ts'
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
  const instance = await cli.instance()
  const launched = await launchNow(instance, { run, by })
  const { plan } = launched
  const canaries = plan.sites.filter((site) => site.canary).length
  if (json) return printJson(cli, { run, by, sites: plan.sites.length, canaries })
  const first = canaries === 0 ? '' : ` Canaries first (${canaries}); the others when the canaries' agents were seen.`
  cli.out(
    `Launched by ${visible(by)}: ${run}, ${plan.sites.length} sites.${first}\n${consentText(launched, instance.clock.wall())}It goes on while \`ssc serve\` runs. Watch it with: ssc status ${run}\n`,
  )
}

/** Who launches before all have agreed must not wait for jobs that wait for a word. */
function consentText(run: LaunchedRun, now: number): string {
  const missing = run.plan.sites.filter((site) => consentOf(run, site, now).is === 'missing').length
  if (missing === 0) return ''
  return `The consent for ${missing} of them is missing, and their work waits for it: ssc consent ${run.plan.id}\n`
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
