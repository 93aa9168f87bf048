import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { InputError, messageOf } from '../../domain/errors.ts'
import { readText } from '../../io/read-yaml.ts'
import { README } from '../../scenario-folder.ts'
import { readmeOf } from '../../scenario-install.ts'
import { type Cli, Exit } from '../cli.ts'
import { placesOf } from './which.ts'

export function addReadme(scenario: Command, cli: Cli): void {
  scenario
    .command('readme')
    .summary('write the readme of a scenario from its data')
    .argument('[scenario]', 'its id, or its folder (default: all)')
    .option('--check', 'write nothing, and fail when one does not tell what the data says')
    .action((word: string | undefined, { check }: { check?: true }) => {
      const places = placesOf(cli, word).map(({ folder }) => ({ file: join(folder, README), text: readmeOf(folder) }))
      const stale = places.filter(({ file, text }) => !existsSync(file) || readText(file) !== text)
      for (const { file, text } of stale) {
        if (check) cli.err(`${file} does not tell what the data says: write it with \`ssc scenario readme\`.\n`)
        else write(file, text)
      }
      const verb = check ? 'differ' : 'written'
      cli.out(`${places.length} looked at, ${stale.length} ${verb}.\n`)
      if (check && stale.length > 0) throw new Exit(1)
    })
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new InputError(`cannot write ${file}: ${messageOf(error)}`, [])
  }
}
