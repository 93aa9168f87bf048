import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../../domain/errors.ts'
import type { MailKind } from '../../domain/mail.ts'
import { readTemplate, type Template } from './templates.ts'

/** The letters of one folder, and for which scenario or NGI alone they are. */
export type Layer = { folder: string; scenario?: string; ngi?: string; templates: ReadonlyMap<MailKind, Template> }

/** From the most common layer to the most special one: of those that fit, the last one that has a letter counts. */
export type TemplateLibrary = readonly Layer[]

/** Folders of the name `mail-templates`: the project's, the user's, and the one in the folder of each scenario, by the scenario's id. */
export type TemplateFolders = { project: string; home: string; scenarios: ReadonlyMap<string, string> }

/**
 * Least to most: the project, the scenario's own folder, the user's; below the user's `scenarios/<id>/` and `ngis/<NGI>/`, an NGI being
 * named as in GOCDB. Throws InputError with every mistake and its place.
 */
export function loadTemplateLibrary({ project, home, scenarios }: TemplateFolders): TemplateLibrary {
  const problems: string[] = []
  const places: Omit<Layer, 'templates'>[] = [
    { folder: project },
    ...[...scenarios].map(([scenario, folder]) => ({ folder, scenario })),
    { folder: home },
    ...foldersIn(join(home, 'scenarios')).map((scenario) => ({ folder: join(home, 'scenarios', scenario), scenario })),
    ...foldersIn(join(home, 'ngis')).map((ngi) => ({ folder: join(home, 'ngis', ngi), ngi })),
  ]
  const library = places.map((place) => readLayer(place, problems))
  for (const { folder, scenario } of places) {
    if (scenario !== undefined && !scenarios.has(scenario))
      problems.push(`${folder}: there is no scenario '${scenario}': name the folder as one of ${[...scenarios.keys()].join(', ')}`)
    problems.push(...strayFolders(folder, folder === home ? ['scenarios', 'ngis'] : []))
  }
  for (const group of ['scenarios', 'ngis']) problems.push(...strayFiles(join(home, group)))
  if (problems.length > 0) throw new InputError('mail templates cannot be used', problems)
  return library
}

/** The letter of this kind for a scenario and, where one is concerned, an NGI. */
export function templateOf(library: TemplateLibrary, kind: MailKind, at: { scenario: string; ngi?: string | undefined }): Template {
  const fitting = library.filter((layer) => fits(layer.scenario, at.scenario) && fits(layer.ngi, at.ngi))
  const template = fitting.findLast((layer) => layer.templates.has(kind))?.templates.get(kind)
  if (!template)
    throw new InputError(`there is no mail template '${kind}': put ${kind}.hbs into one of the folders`, [
      ...new Set(fitting.map((one) => one.folder)),
    ])
  return template
}

function fits(only: string | undefined, here: string | undefined): boolean {
  return only === undefined || only === here
}

function readLayer(place: Omit<Layer, 'templates'>, problems: string[]): Layer {
  const files = namesIn(place.folder).filter((name) => name.endsWith('.hbs'))
  const templates = files.flatMap((name) => readTemplate(join(place.folder, name), problems) ?? [])
  return { ...place, templates: new Map(templates.map((one) => [one.kind, one])) }
}

function strayFolders(folder: string, allowed: readonly string[]): string[] {
  const words = allowed.length > 0 ? `only ${allowed.join('/ and ')}/ may be here` : 'templates must lie beside it, not in it'
  return foldersIn(folder).flatMap((name) =>
    allowed.includes(name) ? [] : [`${join(folder, name)}: a folder that is never read: ${words}`],
  )
}

function strayFiles(folder: string): string[] {
  const names = namesIn(folder).filter((name) => name.endsWith('.hbs'))
  return names.map((name) => `${join(folder, name)}: a template that is never read: put it into a folder with the name of whom it is for`)
}

/** A link to a folder is one too: two NGIs may share their letters. */
function foldersIn(folder: string): string[] {
  return namesIn(folder).filter(
    (name) => !name.endsWith('.hbs') && statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true,
  )
}

/** A folder that is not there holds nothing. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
