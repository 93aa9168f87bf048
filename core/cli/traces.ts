import type { Command } from 'commander'
import { plannedSite, readChallenge, readLaunchedRun, streamOf } from '../app/view.ts'
import type { ChallengeState } from '../domain/challenge.ts'
import { RefusedError } from '../domain/errors.ts'
import type { AnswerKey } from '../domain/event.ts'
import { type Action, type Order, orderWords } from '../domain/task.ts'
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
  return [
    ['  Identity:', key.identity],
    ...(key.pilot === undefined ? [] : [['  Seen as:', `${key.pilot} (a pilot brings the job)`]]),
    ['  Job:', key.label],
    ['  Payload:', `SHA-256 ${key.payloadHash}`],
    ...key.addresses.map((address, i) => [i === 0 ? '  Addresses:' : '', address]),
    ...key.names.map((name, i) => [i === 0 ? '  Names:' : '', name]),
    ['  Between:', `${utcWords(key.fromMs)} and ${utcWords(key.untilMs)}`],
  ]
}

function observedData({ submitted, agentSeen, reported, farewells }: ChallengeState): unknown {
  return {
    ...(submitted && { job: { atMs: submitted.at, nativeId: submitted.data.nativeId } }),
    ...(agentSeen && { agent: { atMs: agentSeen.at, ...agentSeen.data } }),
    tasks: reported.map(({ at, data }) => ({ atMs: at, ...data })),
    farewells: farewells.map(({ at, data }) => ({ atMs: at, ...data })),
  }
}

/** `TaskReported` names a task by its sequence; what it was stands in the fact of its signing. */
function observedRows({ submitted, agentSeen, reported, tasks, farewells }: ChallengeState): string[][] {
  const orders = new Map(tasks.map(({ data }) => [data.sequence, data]))
  const rows = [
    ...(submitted ? [[submitted.at, `the job system took the job as ${submitted.data.nativeId}`] as const] : []),
    ...(agentSeen ? [[agentSeen.at, `the agent was first seen, on ${agentSeen.data.host}, process ${agentSeen.data.pid}`] as const] : []),
    ...reported.map((one) => [one.at, reportWords(one.data, orders.get(one.data.task))] as const),
    ...farewells.map((one) => [one.at, `the agent said farewell (${one.data.reason})`] as const),
  ]
  if (rows.length === 0) return [['  Nothing yet.']]
  return rows.sort((a, b) => a[0] - b[0]).map(([at, words]) => [`  ${utcWords(at)}`, words])
}

function reportWords({ outcome, why, number, report }: ChallengeState['reported'][number]['data'], order?: Order): string {
  const seen = report && [
    `uid ${report.uid || 'unknown'}`,
    `batch job ${report.batchJob || 'unknown'}`,
    `folder ${report.folder || 'unknown'}`,
  ]
  const parts = [...(why === undefined ? [] : [why]), ...numberWords(order?.do, number), ...(seen ?? [])]
  const told = order === undefined ? 'a task that cannot be told' : orderWords(order)
  return `${told}: ${outcome}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`
}

/** What the number in an agent's answer says, where it says more than the order. */
function numberWords(action: Action | undefined, number: number | undefined): string[] {
  if (number === undefined) return []
  if (action === undefined) return [`answer ${number}`]
  if (action === 'spawn') return [`${number} ${number === 1 ? 'child' : 'children'} now`]
  return action === 'contact' && number >= 100 ? [`HTTP ${number}`] : []
}
