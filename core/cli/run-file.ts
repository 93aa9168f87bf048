import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadFederation } from '../app/import-sites.ts'
import type { PlanRequest } from '../app/plan-run.ts'
import type { Config } from '../config.ts'
import { optionsOf } from '../context.ts'
import { InputError } from '../domain/errors.ts'
import { doubtsOf, refusalsOf } from '../domain/identity-state.ts'
import type { Usable } from '../domain/plan.ts'
import { Run } from '../domain/run.ts'
import type { Federation } from '../domain/site.ts'
import type { Prober, Submitter } from '../domain/submitter.ts'
import { readGocdb } from '../io/gocdb/read-gocdb.ts'
import { publicHolidays } from '../io/holidays.ts'
import { readIdentities, statesOf } from '../io/identities.ts'
import { type Problem, readYaml } from '../io/read-yaml.ts'
import { loadScenario, loadSubmitters, pluginFolders, projectFolder } from '../plugins.ts'
import { listenerUrlsOf } from '../urls.ts'
import type { Cli } from './cli.ts'

const SAMPLE_SCENARIO = 'ssc6-cms'
const SAMPLE_FEDERATION = join(projectFolder, 'core/rehearsal/gocdb')

/** Reads run.yaml and all that planning it needs. Every mistake in it is named at once. */
export async function planRequest(cli: Cli, file: string | undefined, set: { rehearsal?: true; seed?: number } = {}): Promise<PlanRequest> {
  const { home } = cli.config
  const { submitters, probers } = await loadSubmitters(home)
  const scenarios = pluginFolders('scenarios', home)
  const path = runFile(cli, file ?? SAMPLE_SCENARIO, scenarios)
  const known = { scenarios: [...scenarios.keys()], submitters, probers }
  const run = { ...readYaml(path, Run, (raw) => unknownNames({ ...(raw as object), ...set }, known)), ...set }
  const { scenario, rubric } = loadScenario(run.scenario, home)
  const { sha256 } = await cli.instance()
  const usable = run.submitters.map((name) => usableOf(cli.config, submitters.get(name)!))
  const asking = (run.probes ?? run.submitters).flatMap((name) => probers.get(name) ?? []).map((one) => usableOf(cli.config, one))
  await refuseBadIdentities(cli, run, submitters)
  const federation = await knownFederation(cli)
  return {
    run,
    scenario,
    rubric,
    federation,
    submitters: usable,
    probers: asking,
    holidays: publicHolidays,
    sha256,
    listeners: listenerUrlsOf(cli.config),
  }
}

/** A file, or the sample of the scenario of that name. */
function runFile(cli: Cli, word: string, scenarios: ReadonlyMap<string, string>): string {
  const file = resolve(cli.cwd, word)
  const folder = scenarios.get(word)
  if (folder !== undefined && (!existsSync(file) || statSync(file).isDirectory())) return join(folder, 'run.sample.yaml')
  if (existsSync(file)) return file
  throw new InputError(
    `cannot read ${file}: there is no such file, nor a scenario of that name. There are: ${[...scenarios.keys()].join(', ')}.`,
    [],
  )
}

function usableOf(config: Config, plugin: Submitter | Prober): Usable {
  const { name, serviceTypes } = plugin
  const through = 'through' in plugin ? plugin.through?.(optionsOf(config, plugin)) : undefined
  const local = 'local' in plugin && plugin.local ? { local: true as const } : {}
  return { name, serviceTypes, ...local, ...(through === undefined ? {} : { through }) }
}

/** Refuses a run whose identities would not last; a rehearsal is over in minutes. */
async function refuseBadIdentities(cli: Cli, run: Run, submitters: ReadonlyMap<string, Submitter>): Promise<void> {
  if (run.rehearsal) return
  const identities = readIdentities(cli.config.home)
  const states = await statesOf(identities, (await cli.instance()).clock.wall())
  const needsCredentials = run.submitters.some((name) => !submitters.get(name)?.local)
  const register = { identities, states, needsCredentials }
  const problems = refusalsOf(run, register)
  if (problems.length > 0) throw new InputError('the run cannot be planned with these identities:', problems)
  for (const doubt of doubtsOf(run, register)) cli.err(`Note: ${doubt}.\n`)
}

type Known = { scenarios: string[]; submitters: ReadonlyMap<string, Submitter>; probers: ReadonlyMap<string, Prober> }
type Raw = { scenario?: unknown; submitters?: unknown; probes?: unknown; rehearsal?: unknown }

function unknownNames(raw: unknown, known: Known): Problem[] {
  const { scenario, submitters, probes, rehearsal } = (raw ?? {}) as Raw
  const problems: Problem[] = []
  if (typeof scenario === 'string' && !known.scenarios.includes(scenario))
    problems.push({ path: ['scenario'], message: `there is no scenario '${scenario}'; there are: ${known.scenarios.join(', ')}` })
  for (const [i, name] of (Array.isArray(submitters) ? submitters : []).entries()) {
    const found = known.submitters.get(name)
    if (found === undefined)
      problems.push({
        path: ['submitters', i],
        message: `there is no submitter '${name}'; there are: ${[...known.submitters.keys()].join(', ')}`,
      })
    else if (found.local && rehearsal !== true)
      problems.push({
        path: ['submitters', i],
        message: `'${name}' runs on this machine alone: only a rehearsal may use it (rehearsal: true)`,
      })
  }
  for (const [i, name] of (Array.isArray(probes) ? probes : []).entries())
    if (!known.probers.has(name))
      problems.push({
        path: ['probes', i],
        message: `nothing here named '${name}' can probe access; these can: ${[...known.probers.keys()].join(', ')}`,
      })
  return problems
}

/** The imported sites; before the first import, the sample federation, and says so. */
async function knownFederation(cli: Cli): Promise<Federation> {
  const { store } = await cli.instance()
  const imported = await loadFederation(store)
  if (imported !== undefined) return imported
  cli.err(
    'No sites are imported yet: this uses the sample federation (invented names). Import yours with: ssc sites import get_site.xml ...\n',
  )
  return sampleFederation()
}

function sampleFederation(): Federation {
  const file = (name: string) => ({ name, text: readFileSync(join(SAMPLE_FEDERATION, name)) })
  const files = {
    sites: file('get_site.xml'),
    services: file('get_service_endpoint.xml'),
    downtimes: file('get_downtime.xml'),
    ngis: file('get_ngi.xml'),
  }
  return readGocdb(files).federation
}

export function neverEmpty(value: string, what: string): string {
  if (value.trim() === '' || /[\r\n]/.test(value)) throw new InputError(`${what} must be one line and not empty`, [])
  return value.trim()
}
