import type { Command } from 'commander'
import type { Cli } from './cli.ts'
import { addCheck } from './scenario/check.ts'
import { addExport } from './scenario/export.ts'
import { addImport } from './scenario/import.ts'
import { addList } from './scenario/list.ts'
import { addNew } from './scenario/new.ts'
import { addReadme } from './scenario/readme.ts'
import { addShow } from './scenario/show.ts'

export function addScenario(scenario: Command, cli: Cli): void {
  scenario.description('The stories of challenges: what there is, what one tells, and how to make, check and hand on your own.')
  for (const add of [addList, addShow, addNew, addCheck, addReadme, addExport, addImport]) add(scenario, cli)
}
