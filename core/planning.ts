import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadFederation } from './app/import-sites.ts'
import type { PlanRequest } from './app/plan-run.ts'
import type { Config } from './config.ts'
import { optionsOf } from './context.ts'
import { InputError } from './domain/errors.ts'
import { doubtsOf, refusalsOf } from './domain/identity-state.ts'
import type { Usable } from './domain/plan.ts'
import { Run } from './domain/run.ts'
import type { Federation } from './domain/site.ts'
import type { Prober, Submitter } from './domain/submitter.ts'
import type { Instance } from './instance.ts'
import { readGocdb } from './io/gocdb/read-gocdb.ts'
import { publicHolidays } from './io/holidays.ts'
import { readIdentities, statesOf } from './io/identities.ts'
import { type Problem, parseYaml } from './io/read-yaml.ts'
import { loadScenario, loadSubmitters, pluginFolders, projectFolder } from './plugins.ts'
import { listenerUrlsOf } from './urls.ts'

const SAMPLE_FEDERATION = join(projectFolder, 'core/rehearsal/gocdb')

/** Read and checked. `notes`: what is not wrong, and still to be known. */
export type ReadRequest = { request: PlanRequest; notes: readonly string[] }

/** Everything that planning needs, from the text of a run.yaml. Every mistake in it is named at once, with its line. */
export async function readPlanRequest(
  instance: Instance,
  source: { file: string; text: string },
  set: { rehearsal?: true; seed?: number } = {},
): Promise<ReadRequest> {
  const { config, sha256 } = instance
  const { submitters, probers } = await loadSubmitters(config.home)
  const known = { scenarios: [...pluginFolders('scenarios', config.home).keys()], submitters, probers }
  const run = { ...parseYaml(source, Run, (raw) => unknownNames({ ...(raw as object), ...set }, known)), ...set }
  const { scenario, rubric } = loadScenario(run.scenario, config.home)
  const usable = run.submitters.map((name) => usableOf(config, submitters.get(name)!))
  const asking = (run.probes ?? run.submitters).flatMap((name) => probers.get(name) ?? []).map((one) => usableOf(config, one))
  const doubts = await doubtsOfIdentities(instance, run, submitters)
  const imported = await loadFederation(instance.store)
  const federation = imported ?? sampleFederation()
  return {
    request: {
      ...{ run, scenario, rubric, federation, submitters: usable, probers: asking, sha256 },
      ...{ holidays: publicHolidays, listeners: listenerUrlsOf(config) },
    },
    notes: [...doubts, ...(imported === undefined ? [NO_SITES] : [])],
  }
}

const NO_SITES =
  'No sites are imported yet: this uses the sample federation (invented names). Import yours with: ssc sites import get_site.xml ...'

function usableOf(config: Config, plugin: Submitter | Prober): Usable {
  const { name, serviceTypes } = plugin
  const through = 'through' in plugin ? plugin.through?.(optionsOf(config, plugin)) : undefined
  const local = 'local' in plugin && plugin.local ? { local: true as const } : {}
  return { name, serviceTypes, ...local, ...(through === undefined ? {} : { through }) }
}

/** Refuses a run whose identities would not last; a rehearsal is over in minutes. Gives back what is doubtful. */
async function doubtsOfIdentities(
  { config, clock }: Pick<Instance, 'config' | 'clock'>,
  run: Run,
  submitters: ReadonlyMap<string, Submitter>,
): Promise<string[]> {
  if (run.rehearsal) return []
  const identities = readIdentities(config.home)
  const states = await statesOf(identities, clock.wall())
  const needsCredentials = run.submitters.some((name) => !submitters.get(name)?.local)
  const register = { identities, states, needsCredentials }
  const problems = refusalsOf(run, register)
  if (problems.length > 0) throw new InputError('the run cannot be planned with these identities:', problems)
  return doubtsOf(run, register).map((doubt) => `Note: ${doubt}.`)
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
