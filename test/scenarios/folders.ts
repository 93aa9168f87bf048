import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pluginFolders, projectFolder } from '../../core/plugins.ts'
import { type Complaint, checkFolder, readScenarioFolder } from '../../core/scenario-folder.ts'
import { installScenario } from '../../core/scenario-install.ts'

const none = join(import.meta.dirname, 'no-such-folder')

/** Every scenario that comes with the project. */
export const projectScenarios = [...pluginFolders('scenarios', none)].map(([id, folder]) => ({ id, folder }))
export const submitters = [...pluginFolders('submitters', none).keys()]
export const blank = join(projectFolder, 'core/scenarios/blank')

/** A fresh scenario `blank` in a temp folder, to be spoilt. */
export function openFolder() {
  const root = mkdtempSync(join(tmpdir(), 'ssc-scenario-'))
  const files = readScenarioFolder(blank).files
  installScenario({ root, id: 'blank', files, replace: false, submitters })
  const folder = join(root, 'blank')
  return {
    root,
    folder,
    /** Changes a file; the change must change something. */
    edit: (file: string, from: string | RegExp, to: string) => {
      const text = readFileSync(join(folder, file), 'utf8')
      const changed = text.replace(from, to)
      if (changed === text) throw new Error(`${file} does not hold ${from}`)
      writeFileSync(join(folder, file), changed)
    },
    complaints: (): Complaint[] => checkFolder(folder, { id: 'blank', submitters, skipReadme: true }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** The line of the file at which the text stands, counted from 1. */
export function lineOf(file: string, text: string): number {
  return (
    readFileSync(file, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1
  )
}
