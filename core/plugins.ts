import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ReportFormat } from './domain/document.ts'
import { InputError, messageOf } from './domain/errors.ts'
import { Rubric } from './domain/rubric.ts'
import { Scenario } from './domain/scenario.ts'
import type { Prober, Submitter } from './domain/submitter.ts'
import { loadTemplateLibrary, type TemplateLibrary } from './io/mail/template-library.ts'
import { readYaml } from './io/read-yaml.ts'

/** Where the project's own folders lie: the root of the repository, or of the compiled package. */
export const projectFolder = fileURLToPath(new URL('..', import.meta.url))

/** A plug-in is a folder; the folder's name is its id. Users' own lie in the same folders below SSC_HOME, and win. */
export function pluginFolders(kind: 'submitters' | 'scenarios' | 'reports', home: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const root of [projectFolder, home]) {
    const folder = join(root, kind)
    if (!existsSync(folder)) continue
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory() && /^[a-z0-9][a-z0-9-]*$/.test(entry.name)) found.set(entry.name, join(folder, entry.name))
  }
  return found
}

/** What lies in `submitters/`: job systems, and all that can ask whether an identity is let in. */
export type Reachers = { submitters: Map<string, Submitter>; probers: Map<string, Prober> }

export async function loadSubmitters(home: string): Promise<Reachers> {
  const plugins = await loadModules<Submitter | Prober>('submitters', ['submitter', 'prober'], home)
  const all = [...plugins.values()]
  const submitters = all.filter((one): one is Submitter => 'submit' in one)
  const probers = all.filter((one): one is Prober => one.probe !== undefined)
  return { submitters: byName(submitters), probers: byName(probers) }
}

function byName<Plugin extends { name: string }>(plugins: readonly Plugin[]): Map<string, Plugin> {
  return new Map(plugins.map((one) => [one.name, one]))
}

export async function loadReportFormats(home: string): Promise<Map<string, ReportFormat>> {
  const formats = await loadModules<ReportFormat>('reports', ['report'], home)
  const old = [...formats.values()].filter(({ kinds, extension }) => !Array.isArray(kinds) || !/^[a-z0-9.]{1,16}$/.test(extension))
  const problems = old.map(({ name }) => `${name}: it does not say which kinds of documents it makes, and how its files end`)
  if (problems.length > 0) throw new InputError('some reports cannot be loaded:', problems)
  return formats
}

async function loadModules<Plugin extends { name: string }>(
  kind: 'submitters' | 'reports',
  whats: readonly string[],
  home: string,
): Promise<Map<string, Plugin>> {
  const plugins = new Map<string, Plugin>()
  const problems: string[] = []
  for (const [name, folder] of pluginFolders(kind, home)) {
    try {
      const plugin = await importPlugin<Plugin>(folder, whats)
      if (plugin.name === name) plugins.set(name, plugin)
      else problems.push(`${folder}: its name is '${plugin.name}'; it must be the folder's, '${name}'`)
    } catch (error) {
      problems.push(`${folder}: ${messageOf(error)}`)
    }
  }
  if (problems.length > 0) throw new InputError(`some ${kind} cannot be loaded:`, problems)
  return plugins
}

async function importPlugin<Plugin>(folder: string, whats: readonly string[]): Promise<Plugin> {
  const file = ['index.js', 'index.ts', 'index.mjs'].map((name) => join(folder, name)).find((one) => existsSync(one))
  if (file === undefined) throw new Error('there is no index.ts or index.js in it')
  const module = await import(pathToFileURL(file).href)
  const what = whats.find((one) => module[one] !== undefined)
  if (what === undefined) throw new Error(`index exports no '${whats.join("' and no '")}'`)
  return module[what]
}

export type LoadedScenario = { scenario: Scenario; rubric: Rubric; folder: string }

/** Reads a scenario and its rubric from its folder. */
export function loadScenario(id: string, home: string): LoadedScenario {
  const folders = pluginFolders('scenarios', home)
  const folder = folders.get(id)
  if (folder === undefined) throw new InputError(`there is no scenario '${id}'. There are: ${[...folders.keys()].join(', ')}.`, [])
  const scenario = readYaml(join(folder, 'scenario.yaml'), Scenario)
  if (scenario.id !== id) throw new InputError(`${folder}/scenario.yaml: its id is '${scenario.id}'; it must be the folder's, '${id}'`, [])
  return { scenario, rubric: readYaml(join(folder, scenario.rubric), Rubric), folder }
}

/** The project's letters, the scenarios' and the user's own, which win. */
export function loadMailTemplates(home: string): TemplateLibrary {
  const folderOf = (root: string) => join(root, 'mail-templates')
  const scenarios = [...pluginFolders('scenarios', home)].map(([id, folder]) => [id, folderOf(folder)] as const)
  return loadTemplateLibrary({ project: folderOf(projectFolder), home: folderOf(home), scenarios: new Map(scenarios) })
}
