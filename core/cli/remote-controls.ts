import { resolve } from 'node:path'
import type { Command } from 'commander'
import { parse } from 'yaml'
import { InputError, messageOf, RefusedError, TransientError } from '../domain/errors.ts'
import { consentAct, pauseAct, resumeAct, stopAct } from '../http/operator/views/control.ts'
import { planPage } from '../http/operator/views/plan.ts'
import { planAct } from '../http/operator/views/scenarios.ts'
import { readText } from '../io/read-yaml.ts'
import { printJson, table, visible } from './cli.ts'
import type { Far } from './remote-api.ts'
import { refuse } from './remote-elsewhere.ts'

type Json = { json?: true }
type Why = Json & { reason: string }

/** What sets a run up, holds it, or ends it. Who does it is who has the token. */
export function addControls(program: Command, far: Far): void {
  program
    .command('plan')
    .summary('plan a run from a run.yaml, and show who is left out and why; nothing is sent')
    .argument('<run.yaml>')
    .option('--json', 'as data')
    .action((file: string, options: Json) => plan(far, file, options))
  addHolds(program, far)
  program
    .command('stop')
    .summary('full stop: nothing more is sent, every agent is told to stop, every job is cancelled')
    .argument('[run]')
    .option('--all', 'all runs: not through the API')
    .option('--reason <words>', 'why', 'no reason was given')
    .option('--json', 'as data')
    .action((run: string | undefined, options: Why) => stop(far, run, options))
  program
    .command('consent')
    .summary('write down who agrees to take part, or does so no longer; or show how it stands')
    .argument('<run>')
    .option('--site <name>', 'whose word it is: this site')
    .option('--ngi <name>', 'or this NGI, for all of its sites')
    .option('--by <who>', 'who of them said so, for example "Jane Doe, NGI_X"')
    .option('--withdraw', 'they take part no longer')
    .option('--reason <words>', 'why they do not')
    .option('--json', 'as data')
    .action((run: string, options: ConsentOptions) => consent(far, run, options))
}

function addHolds(program: Command, far: Far): void {
  program
    .command('pause')
    .summary('hold a run: nothing new is sent until it goes on')
    .argument('<run>')
    .option('--reason <words>', 'why', 'no reason was given')
    .option('--json', 'as data')
    .action(async (run: string, { reason, json }: Why) => {
      const done = await far.api.act(pauseAct, { params: { run }, body: { reason } })
      if (json) return printJson(far, done)
      far.out(`Paused: ${run}: ${visible(reason)}.\nGo on with: ssc resume ${run}. End it for good with: ssc stop ${run}\n`)
    })
  program
    .command('resume')
    .summary('go on with a paused run')
    .argument('<run>')
    .option('--reason <words>', 'why', 'no reason was given')
    .option('--json', 'as data')
    .action(async (run: string, { reason, json }: Why) => {
      const done = await far.api.act(resumeAct, { params: { run }, body: { reason } })
      if (json) return printJson(far, done)
      far.out(`Goes on: ${run}. ${done.held} pieces of work fell into the pause, and wait for a decision: ${far.url}/runs/${run}\n`)
    })
}

async function plan({ api, cwd, url, out }: Far, file: string, { json }: Json): Promise<void> {
  const text = readText(resolve(cwd, file))
  const { run, hash, notes } = await api.act(planAct, { params: { scenario: scenarioIn(text) }, body: { text } })
  const found = await api.read(planPage, { params: { run } })
  if (json) return printJson({ out }, { ...found, notes })
  const rows = found.sites.map((one) => [one.name, one.country, one.ngi, one.submitter || 'no job', one.endpoint, one.consent])
  out(`Plan ${run}: ${found.sites.length} sites\n\n${table([['SITE', 'COUNTRY', 'NGI', 'SUBMITTER', 'ENDPOINT', 'CONSENT'], ...rows])}`)
  out(`\nLeft out: ${found.excluded.length} sites\n${table(found.excluded.map(({ name, reason }) => [`  ${name}`, reason]))}`)
  out(`${[...notes, `Hash: ${hash}`, `Nothing was sent. Another person approves it at ${url}/runs/${run}/plan`].map(visible).join('\n')}\n`)
}

/** The path names the scenario; what is wrong with the file the other side says in full. */
function scenarioIn(text: string): string {
  try {
    const { scenario } = (parse(text) ?? {}) as { scenario?: unknown }
    return typeof scenario === 'string' && scenario !== '' ? scenario : 'unnamed'
  } catch {
    return 'unnamed'
  }
}

async function stop(far: Far, run: string | undefined, { reason, json }: Why): Promise<void> {
  if (run === undefined) return refuse(far.url, 'stop --all', undefined)
  try {
    const { agents } = await far.api.act(stopAct, { params: { run }, body: { reason, sure: 'yes' } })
    if (json) return printJson(far, { run, agents })
    far.out(`Stopped: ${run}: ${visible(reason)}.\n  ${agents} agents have not said farewell yet: ${far.url}/runs/${run}/stop\n`)
  } catch (error) {
    if (error instanceof TransientError) throw new TransientError(`${messageOf(error)}${unstopped(run)}`)
    throw error instanceof RefusedError ? new RefusedError(`${messageOf(error)}${unstopped(run)}`) : error
  }
}

/** The word in the file STOP needs neither the store nor the network. */
function unstopped(run: string): string {
  return `\nNOT KNOWN TO BE STOPPED. On the machine of the instance, where SSC_URL is not set, say: ssc stop ${run}`
}

type ConsentOptions = Json & { site?: string; ngi?: string; by?: string; withdraw?: true; reason?: string }

async function consent(far: Far, run: string, { site, ngi, by, withdraw, reason, json }: ConsentOptions): Promise<void> {
  if (site === undefined && ngi === undefined) return listConsents(far, run, { ...(json && { json }) })
  if (site !== undefined && ngi !== undefined) throw new InputError('whose word is it: either --site or --ngi', [])
  if (by === undefined) throw new InputError('--by says who of them it was, for example --by "Jane Doe, NGI_X"', [])
  const of = site === undefined ? { of: 'ngi', name: ngi } : { of: 'site', name: site }
  const body = { ...of, by, given: withdraw ? 'no' : 'yes', ...(reason !== undefined && { reason }) }
  const done = await far.api.act(consentAct, { params: { run }, body })
  if (json) return printJson(far, done)
  const what = withdraw ? 'takes part no longer' : 'agrees'
  far.out(
    `${visible(of.name!)} ${what}: ${done.sites.length} ${done.sites.length === 1 ? 'site' : 'sites'} (${done.sites.map(visible).join(', ')}).\n`,
  )
}

async function listConsents({ api, out }: Far, run: string, { json }: Json): Promise<void> {
  const { sites } = await api.read(planPage, { params: { run } })
  if (json)
    return printJson(
      { out },
      sites.map(({ name, ngi, consent: is }) => ({ site: name, ngi, is })),
    )
  out(table([['SITE', 'NGI', 'CONSENT'], ...sites.map(({ name, ngi, consent: is }) => [name, ngi, is])]))
}
