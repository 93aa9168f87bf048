import type { Command } from 'commander'
import { plannedSite, readChallenge, readLaunchedRun, streamOf } from '../app/view.ts'
import type { ChallengeState } from '../domain/challenge.ts'
import { RefusedError } from '../domain/errors.ts'
import type { AnswerKey } from '../domain/event.ts'
import { observedTraces, plannedTraces } from '../domain/traces.ts'
import { utcWords } from '../domain/zone.ts'
import { type Cli, printJson, table } from './cli.ts'

export function addTraces(command: Command, cli: Cli): void {
  command
    .description(
      'Shows what an investigation at a site can find: what was planned before the launch, and what was seen since. It is the key by which an answer is graded: not for the site before the end.',
    )
    .argument('<run>')
    .requiredOption('--site <name>', 'whose challenge')
    .option('--json', 'as data')
    .action(async (name: string, options: { site: string; json?: true }) => {
      const { store } = await cli.instance()
      const run = await readLaunchedRun(store, name)
      const site = plannedSite(run, options.site)
      const state = await readChallenge(store, streamOf(run, site))
      const key = state.planned?.data.key
      if (key === undefined) throw new RefusedError(`nothing was planned at ${site.name}: its part of ${name} was not launched`)
      if (options.json) return printJson(cli, { run: name, site: site.name, planned: key, observed: observedData(state) })
      cli.out(`Planned\n${table(plannedRows(key))}\nObserved\n${table(observedRows(state))}`)
    })
}

function plannedRows(key: AnswerKey): string[][] {
  return plannedTraces(key).flatMap(({ name, lines }) => lines.map((line, i) => [i === 0 ? `  ${name}:` : '', line]))
}

function observedData({ submitted, agentSeen, reported, farewells }: ChallengeState): unknown {
  return {
    ...(submitted && { job: { atMs: submitted.at, nativeId: submitted.data.nativeId } }),
    ...(agentSeen && { agent: { atMs: agentSeen.at, ...agentSeen.data } }),
    tasks: reported.map(({ at, data }) => ({ atMs: at, ...data })),
    farewells: farewells.map(({ at, data }) => ({ atMs: at, ...data })),
  }
}

function observedRows(state: ChallengeState): string[][] {
  const rows = observedTraces(state).map(({ at, words }) => [`  ${utcWords(at)}`, words])
  return rows.length === 0 ? [['  Nothing yet.']] : rows
}
