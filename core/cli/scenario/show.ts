import type { Command } from 'commander'
import { readmeOf } from '../../scenario-install.ts'
import { type Cli, visible } from '../cli.ts'
import { placesOf } from './which.ts'

export function addShow(scenario: Command, cli: Cli): void {
  scenario
    .command('show')
    .summary('tell all of a scenario: story, times, letters, questions, rules, checklist; the solutions come last')
    .argument('<scenario>', 'its id, or its folder')
    .action((word: string) => {
      for (const { folder } of placesOf(cli, word)) cli.out(readmeOf(folder).split('\n').map(visible).join('\n'))
    })
}
