import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { InputError } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'
import { pluginFolders, projectFolder } from '../../plugins.ts'
import { ID_WORDS, MOST_ID, readScenarioFolder, SCENARIO_ID, type ScenarioFiles } from '../../scenario-folder.ts'
import { installScenario } from '../../scenario-install.ts'
import { type Cli, Exit } from '../cli.ts'
import { hasFault, tellComplaints } from './complaints.ts'
import { ownScenarios, placesOf, type ScenarioPlace, submitterNames } from './which.ts'

type Options = { from?: string; folder?: string }

/** What a new scenario begins with: each part explained in the YAML. */
const BLANK: ScenarioPlace = { id: 'blank', folder: join(projectFolder, 'core/scenarios/blank') }

export function addNew(scenario: Command, cli: Cli): void {
  scenario
    .command('new')
    .summary('make the folder of a new scenario that can be rehearsed as it is')
    .argument('<id>', ID_WORDS)
    .option('--from <scenario>', 'begin with a copy of this one')
    .option('--folder <folder>', 'where scenarios lie; the new one becomes a folder in it (default: scenarios in SSC_HOME)')
    .action((id: string, options: Options) => makeNew(cli, id, options))
}

function makeNew(cli: Cli, id: string, { from, folder }: Options): void {
  if (!SCENARIO_ID.test(id) || id.length > MOST_ID) throw new InputError(`'${plainLine(id, 60)}' cannot name a scenario: ${ID_WORDS}`, [])
  if (folder === undefined && pluginFolders('scenarios', cli.config.home).has(id))
    throw new InputError(`there is a scenario '${id}' already: choose another name. Nothing was written.`, [])
  const root = folder === undefined ? ownScenarios(cli) : resolve(cli.cwd, folder)
  const [source = BLANK] = from === undefined ? [] : placesOf(cli, from)
  const files = renamed(readScenarioFolder(source.folder).files, source.id, id)
  const complaints = installScenario({ root, id, files, replace: false, submitters: submitterNames(cli) })
  tellComplaints(cli, complaints)
  if (hasFault(complaints)) {
    cli.err(`Nothing was written: mend '${source.id}' first.\n`)
    throw new Exit(1)
  }
  const place = join(root, id)
  const [name, sample] = folder === undefined ? [id, id] : [place, join(place, 'run.sample.yaml')]
  cli.out(`${place}\nChange its files, look with: ssc scenario check ${name}\nThen go through it with: ssc rehearse ${sample}\n`)
}

/** The id where the data name it; all else, the comments too, stays as it is. */
function renamed(files: ScenarioFiles, from: string, to: string): ScenarioFiles {
  const change = (text: string) =>
    text
      .replace(new RegExp(`^((?:id|scenario): +)(["']?)${from}\\2(?=\\s*(?:#.*)?$)`, 'm'), `$1${to}`)
      .replaceAll(`scenarios/${from}/`, `scenarios/${to}/`)
  return new Map([...files].map(([path, text]) => [path, path.endsWith('.yaml') ? change(text) : text]))
}
