import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { PlanRequest } from '../app/plan-run.ts'
import { InputError } from '../domain/errors.ts'
import { readText } from '../io/read-yaml.ts'
import { readPlanRequest } from '../planning.ts'
import { pluginFolders } from '../plugins.ts'
import type { Cli } from './cli.ts'

const SAMPLE_SCENARIO = 'ssc6-cms'

/** Reads run.yaml and all that planning it needs; notes go to the error output. */
export async function planRequest(cli: Cli, file: string | undefined, set: { rehearsal?: true; seed?: number } = {}): Promise<PlanRequest> {
  const path = runFile(cli, file ?? SAMPLE_SCENARIO)
  const { request, notes } = await readPlanRequest(await cli.instance(), { file: path, text: readText(path) }, set)
  for (const note of notes) cli.err(`${note}\n`)
  return request
}

/** A file, or the sample of the scenario of that name. */
function runFile(cli: Cli, word: string): string {
  const scenarios = pluginFolders('scenarios', cli.config.home)
  const file = resolve(cli.cwd, word)
  const folder = scenarios.get(word)
  if (folder !== undefined && (!existsSync(file) || statSync(file).isDirectory())) return join(folder, 'run.sample.yaml')
  if (existsSync(file)) return file
  throw new InputError(
    `cannot read ${file}: there is no such file, nor a scenario of that name. There are: ${[...scenarios.keys()].join(', ')}.`,
    [],
  )
}

export function neverEmpty(value: string, what: string): string {
  if (value.trim() === '' || /[\r\n]/.test(value)) throw new InputError(`${what} must be one line and not empty`, [])
  return value.trim()
}
