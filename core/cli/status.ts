import type { Command } from 'commander'
import { readRunState } from '../app/view.ts'
import { utcWords } from '../domain/zone.ts'
import { type Status, statusOf } from '../status.ts'
import { type Cli, printJson, table, visible } from './cli.ts'

export function addStatus(command: Command, cli: Cli): void {
  command
    .description('Shows all runs, or how one fares: its phase, a pause and why, canaries, consents, jobs, mails and lights.')
    .argument('[run]', 'one run (default: all)')
    .option('--json', 'as data')
    .action(async (run: string | undefined, options: { json?: true }) => {
      if (run === undefined) return listRuns(cli, options)
      const status = await statusOf((await cli.instance()).store, run)
      if (options.json) return printJson(cli, status)
      cli.out(statusText(status))
    })
}

async function listRuns(cli: Cli, options: { json?: true }): Promise<void> {
  const { store } = await cli.instance()
  const runs = await Promise.all(
    (await store.listRuns()).map(async ({ run, events }) => {
      const { plan, phase } = await readRunState(store, run)
      return { run, phase, rehearsal: plan.run.rehearsal, sites: plan.sites.length, facts: events, window: plan.run.window }
    }),
  )
  if (options.json) return printJson(cli, runs)
  if (runs.length === 0) return cli.out('There are no runs yet. Try one with: ssc rehearse\n')
  cli.out(runsTable(runs.map(({ window, ...one }) => ({ ...one, ...window }))))
}

type RunLine = { run: string; phase: string; rehearsal: boolean; sites: number; from: string; to: string }

export function runsTable(runs: readonly RunLine[]): string {
  const rows = runs.map(({ run, phase, rehearsal, sites, from, to }) => [
    run,
    phase,
    rehearsal ? 'rehearsal' : 'run',
    String(sites),
    from,
    to,
  ])
  return table([['RUN', 'PHASE', 'KIND', 'SITES', 'FROM', 'TO'], ...rows])
}

/** What officers have done to the run, or still have to do. */
function controlLines({ run, phase, stopped, pause, wave, consents, work }: Status): string[] {
  const isOver = phase === 'stopped' || phase === 'ended'
  const lines = [
    stopped && `Stopped:    since ${utcWords(stopped.at)}, by ${stopped.by}: ${stopped.reason} (ssc stop ${run} --watch)`,
    pause &&
      !isOver &&
      `Paused:     since ${utcWords(pause.fromMs)}, by ${pause.by} (${pause.because}): ${pause.reason} (ssc resume ${run})`,
    work.held > 0 && !isOver && `Held:       ${work.held} that fell into a pause wait for a decision (ssc held ${run})`,
    wave && `Canaries:   ${wave.seen} of ${wave.canaries} seen; ${restWords(wave)}`,
    consents.missing.length > 0 && `Consent:    missing for ${consents.missing.join(', ')} (ssc consent ${run})`,
    consents.withdrawn.length > 0 && `Withdrawn:  ${consents.withdrawn.join(', ')}`,
  ]
  return lines.filter((line) => typeof line === 'string').map(visible)
}

function restWords({ waiting, openedMs }: NonNullable<Status['wave']>): string {
  return openedMs === undefined ? `${waiting} sites wait behind them` : `the rest was let go at ${utcWords(openedMs)}`
}

function lightsWords({ green, amber, red, grey, pending }: Status['lights']): string {
  return `${green} green, ${amber} amber, ${red} red, ${grey} grey, ${pending} pending`
}

export function statusText(status: Status): string {
  const parties = Object.values(status.parties).some((count) => count > 0) ? [`Parties:    ${lightsWords(status.parties)}`] : []
  const lines = [
    `${status.run}: ${status.phase}, as of ${utcWords(status.asOf)}`,
    ...controlLines(status),
    `Jobs:       ${status.jobs.submitted} of ${status.sites} submitted, ${status.jobs.seen} seen, ${status.jobs.stopped} stopped`,
    `Heartbeats: ${status.heartbeats}`,
    `Mails:      ${status.mails.accepted} accepted, ${status.mails.refused} refused; ${status.mails.answers} answers (${status.mails.human} by people)`,
    `Lights:     ${lightsWords(status.lights)}`,
    ...parties,
    `Work:       ${status.work.open} open, ${status.work.held} held, ${status.work.refused} refused, ${status.work.unsure.length} uncertain`,
  ]
  const unsure = status.work.unsure.map(
    (one) => `  uncertain: ${visible(one)} - it may have been done; ask the other side, then tell with: ssc note`,
  )
  const paused = Object.entries(status.paused).map(([site, reason]) => `  held back: ${visible(site)}: ${visible(reason)}`)
  return `${[...lines, ...paused, ...unsure].join('\n')}\n`
}
