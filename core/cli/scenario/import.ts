import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { InputError } from '../../domain/errors.ts'
import { readText } from '../../io/read-yaml.ts'
import { pluginFolders } from '../../plugins.ts'
import { MOST_BUNDLE_BYTES, unpackScenario } from '../../scenario-bundle.ts'
import { installScenario } from '../../scenario-install.ts'
import { type Cli, Exit } from '../cli.ts'
import { hasFault, tellComplaints } from './complaints.ts'
import { ownScenarios, submitterNames } from './which.ts'

type Options = { replace?: true }

export function addImport(scenario: Command, cli: Cli): void {
  scenario
    .command('import')
    .summary('take a scenario that somebody exported; it is checked before anything is written')
    .argument('<file>', 'what `ssc scenario export` wrote')
    .option('--replace', 'in the place of a scenario of the same id')
    .action((name: string, { replace }: Options) => {
      const file = resolve(cli.cwd, name)
      const { id, files } = unpackScenario(basename(file), readText(file, MOST_BUNDLE_BYTES))
      if (!replace && pluginFolders('scenarios', cli.config.home).has(id))
        throw new InputError(`there is a scenario '${id}' already: --replace puts this one in its place. Nothing was written.`, [])
      const root = ownScenarios(cli)
      const complaints = installScenario({ root, id, files, replace: replace === true, submitters: submitterNames(cli) })
      tellComplaints(cli, complaints)
      if (hasFault(complaints)) {
        cli.err('Nothing was imported: the faults must be mended where it comes from.\n')
        throw new Exit(1)
      }
      cli.out(`${join(root, id)}\nRead it before you use it: ssc scenario show ${id}\n`)
    })
}
