import { existsSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InputError, messageOf } from './domain/errors.ts'
import { Rubric } from './domain/rubric.ts'
import { Scenario } from './domain/scenario.ts'
import { readYaml } from './io/read-yaml.ts'
import { type Complaint, checkFolder, README, type ScenarioFiles } from './scenario-folder.ts'
import { scenarioReadme } from './scenario-readme.ts'

export type Wish = {
  /** The folder in which scenarios lie. */
  root: string
  id: string
  files: ScenarioFiles
  replace: boolean
  submitters: readonly string[]
}

/**
 * Puts a scenario into place when nothing is wrong with it, with its readme written anew; the folder is there whole or not at all.
 * Gives back what was found: with a fault nothing was written. Throws InputError where the folder exists, or cannot be made.
 */
export function installScenario({ root, id, files, replace, submitters }: Wish): Complaint[] {
  const target = join(root, id)
  return inStaging(root, id, (staging) => {
    if (isThere(target) && !replace) throw new InputError(`${target} exists: choose another name, or remove it. Nothing was written.`, [])
    const fresh = join(staging, id)
    for (const [path, text] of files) {
      mkdirSync(dirname(join(fresh, path)), { recursive: true })
      writeFileSync(join(fresh, path), text)
    }
    const complaints = checkFolder(fresh, { id, submitters, skipReadme: true })
    if (complaints.some(({ level }) => level === 'fault')) return complaints
    writeFileSync(join(fresh, README), readmeOf(fresh))
    exchange({ fresh, target, before: join(staging, 'before') })
    return complaints
  })
}

/** What lay there before comes back when its place cannot be taken. */
function exchange({ fresh, target, before }: { fresh: string; target: string; before: string }): void {
  if (isThere(target)) renameSync(target, before)
  try {
    renameSync(fresh, target)
  } catch (error) {
    if (isThere(before)) renameSync(before, target)
    throw error
  }
}

/** The readme as the data of the folder has it. Throws InputError when they cannot be read. */
export function readmeOf(folder: string): string {
  const scenario = readYaml(join(folder, 'scenario.yaml'), Scenario)
  return scenarioReadme(scenario, readYaml(join(folder, scenario.rubric), Rubric))
}

/** A name that begins with a dot is no scenario, so a half-written one is never loaded. */
function inStaging(root: string, id: string, fill: (staging: string) => Complaint[]): Complaint[] {
  let staging: string | undefined
  try {
    mkdirSync(root, { recursive: true })
    staging = mkdtempSync(join(root, `.${id}-`))
    return fill(staging)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new InputError(`cannot write the scenario into ${root}: ${messageOf(error)}`, [])
  } finally {
    if (staging !== undefined && existsSync(staging)) rmSync(staging, { recursive: true, force: true })
  }
}

/** A link that leads nowhere is there, too. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
