import { statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { InputError } from '../../domain/errors.ts'
import { pluginFolders } from '../../plugins.ts'
import type { Cli } from '../cli.ts'

export type ScenarioPlace = { id: string; folder: string }

/** The scenario of an id or of a path of a folder; without a word, all. */
export function placesOf(cli: Cli, word: string | undefined): ScenarioPlace[] {
  const known = pluginFolders('scenarios', cli.config.home)
  if (word === undefined) return [...known].map(([id, folder]) => ({ id, folder })).sort((a, b) => (a.id < b.id ? -1 : 1))
  const named = known.get(word)
  if (named !== undefined) return [{ id: word, folder: named }]
  const folder = resolve(cli.cwd, word)
  if (/[/\\.]/.test(word) && statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [{ id: basename(folder), folder }]
  throw new InputError(`there is no scenario '${word}', and no such folder. There are: ${[...known.keys()].join(', ')}.`, [])
}

/** Where the user's own scenarios lie. */
export function ownScenarios(cli: Cli): string {
  return join(cli.config.home, 'scenarios')
}

/** The names that a sample of a run may use. */
export function submitterNames(cli: Cli): string[] {
  return [...pluginFolders('submitters', cli.config.home).keys()].sort()
}
