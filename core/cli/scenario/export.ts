import { resolve } from 'node:path'
import type { Command } from 'commander'
import { writeWhole } from '../../io/whole-file.ts'
import { packScenario } from '../../scenario-bundle.ts'
import { checkFolder, readScenarioFolder } from '../../scenario-folder.ts'
import { type Cli, Exit } from '../cli.ts'
import { hasFault, tellComplaints } from './complaints.ts'
import { placesOf, submitterNames } from './which.ts'

export function addExport(scenario: Command, cli: Cli): void {
  scenario
    .command('export')
    .summary('write a scenario into one file, for `ssc scenario import` elsewhere')
    .argument('<scenario>', 'its id, or its folder')
    .requiredOption('--out <file>', 'where to')
    .action((word: string, options: { out: string }) => {
      const [place] = placesOf(cli, word)
      const { id, folder } = place!
      const complaints = checkFolder(folder, { id, submitters: submitterNames(cli) })
      tellComplaints(cli, complaints, folder)
      if (hasFault(complaints)) {
        cli.err('Nothing was exported: mend the faults first.\n')
        throw new Exit(1)
      }
      const file = resolve(cli.cwd, options.out)
      writeWhole(file, packScenario(id, readScenarioFolder(folder).files))
      cli.out(`${file}\nIt holds the solutions of the questions: for officers only.\n`)
    })
}
