import type { Command } from 'commander'
import { checkFolder } from '../../scenario-folder.ts'
import { type Cli, Exit, printJson } from '../cli.ts'
import { countWords, hasFault, tellComplaints } from './complaints.ts'
import { placesOf, submitterNames } from './which.ts'

export function addCheck(scenario: Command, cli: Cli): void {
  scenario
    .command('check')
    .summary('say all that is wrong with a scenario, with file and line, and what to do')
    .argument('[scenario]', 'its id, or its folder such as ./my-drill (default: all)')
    .option('--json', 'as data')
    .action((word: string | undefined, { json }: { json?: true }) => {
      const submitters = submitterNames(cli)
      const checked = placesOf(cli, word).map((place) => ({
        ...place,
        complaints: checkFolder(place.folder, { id: place.id, submitters }),
      }))
      if (json) printJson(cli, checked)
      else
        for (const { id, folder, complaints } of checked) {
          tellComplaints(cli, complaints, folder)
          cli.out(`${id}: ${countWords(complaints) || 'nothing is wrong'}.\n`)
        }
      if (checked.some(({ complaints }) => hasFault(complaints))) throw new Exit(1)
    })
}
