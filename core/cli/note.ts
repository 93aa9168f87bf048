import { type Command, Option } from 'commander'
import { hearWord } from '../app/hear-word.ts'
import { type Note, noteRun } from '../app/note-run.ts'
import { InputError } from '../domain/errors.ts'
import type { Fulfils, WordReached } from '../domain/event.ts'
import type { Cli } from './cli.ts'
import { momentOf } from './moment.ts'
import { neverEmpty } from './run-file.ts'

type How = WordReached['how']
type Options = {
  site?: string
  party?: string
  text: string
  by: string
  fulfils?: Fulfils
  heardFrom?: string
  how?: How
  at?: string
}

const meanings: readonly Fulfils[] = ['started', 'heads-up', 'contained', 'closure', 'downtime', 'vo-contacted', 'packages', 'assessed']
const ways: readonly How[] = ['mail', 'ticket', 'phone', 'other']

export function addNote(command: Command, cli: Cli): void {
  command
    .argument('<run>')
    .option('--site <name>', 'whose challenge')
    .option('--party <id>', 'or which party of the run, for example vo-cms; ssc score shows them')
    .requiredOption('--text <words>', 'what happened')
    .addOption(new Option('--fulfils <what>', 'what it stands for').choices(meanings))
    .option('--heard-from <whom>', 'the site heard of the incident from there: a site, a party, csirt or unknown')
    .addOption(new Option('--how <way>', 'by which way it heard').choices(ways))
    .option('--at <time>', 'when it happened, with its zone (default: now)')
    .option('--by <name>', 'who says so', cli.user)
    .action((run: string, options: Options) => takeNote(cli, run, options))
}

async function takeNote(cli: Cli, run: string, options: Options): Promise<void> {
  const { fulfils, heardFrom } = options
  const about = aboutOf(options)
  const happenedMs = options.at === undefined ? undefined : momentOf(options.at, '--at')
  const by = neverEmpty(options.by, '--by')
  const text = neverEmpty(options.text, '--text').slice(0, 2000)
  const note = { run, ...about, text, by, ...(fulfils && { fulfils }), ...(happenedMs !== undefined && { happenedMs }) }
  if (heardFrom !== undefined) return noteWord(cli, note, { from: heardFrom, how: options.how ?? 'other' })
  if (options.how !== undefined) throw new InputError('--how goes with --heard-from: from whom the site heard. Nothing was noted.', [])
  await noteRun(await cli.instance(), note)
  const [option, name] = 'site' in about ? ['--site', about.site] : ['--party', about.party]
  cli.out(`Noted for ${name}. Its lights follow from it at once: ssc score ${run} ${option} ${name} --explain\n`)
}

async function noteWord(cli: Cli, note: Note, word: { from: string; how: How }): Promise<void> {
  if (!('site' in note)) throw new InputError('--heard-from is noted of a site: give --site. Nothing was noted.', [])
  if (note.fulfils !== undefined) throw new InputError('one note tells one thing: either --heard-from or --fulfils. Nothing was noted.', [])
  const { text: words, ...where } = note
  const { startsClocks } = await hearWord(await cli.instance(), { ...where, ...word, words })
  const clocks = startsClocks ? 'Its clocks begin with the first such word.' : 'Its clocks go by our own alert, as before.'
  cli.out(
    `Noted: word reached ${note.site} from ${word.from} (${word.how}). ${clocks} See: ssc score ${note.run} --site ${note.site} --explain\n`,
  )
}

function aboutOf({ site, party }: Options): { site: string } | { party: string } {
  if (site !== undefined && party === undefined) return { site }
  if (party !== undefined && site === undefined) return { party }
  throw new InputError('a note is about one site or one party: give either --site or --party. Nothing was noted.', [])
}
