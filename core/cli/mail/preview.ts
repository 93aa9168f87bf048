import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { aboutOf, addresseeOf, nameOf } from '../../addressees.ts'
import { addressedIn } from '../../app/addressed.ts'
import type { LetterTask } from '../../app/deps.ts'
import { readChallenge, readPlannedRun, streamOf } from '../../app/view.ts'
import type { ChallengeState } from '../../domain/challenge.ts'
import type { Letter } from '../../domain/correspondence.ts'
import { InputError } from '../../domain/errors.ts'
import { letters, type MailKind, mailKinds, type Role, traitsOf } from '../../domain/mail.ts'
import type { Addressee, PlannedRun } from '../../domain/work.ts'
import { openMailCrypto } from '../../io/mail/signing.ts'
import { writeLetter } from '../../letters.ts'
import { loadMailTemplates } from '../../plugins.ts'
import { type Cli, visible } from '../cli.ts'
import { orderId, sitesProblems, textOf } from './own-words.ts'
import { sampleLetter } from './sample-letter.ts'
import { shownText } from './show-text.ts'

export type PreviewOptions = {
  kind: MailKind
  scenario?: string
  site?: string
  party?: string
  role?: Role
  text?: string
  textFile?: string
  sites?: string
  raw?: true
}

const MOST_LINES = 2_000

export function addPreview(mail: Command, cli: Cli): void {
  mail
    .command('preview')
    .summary('show exactly the bytes of a letter as it would go out now; nothing is sent')
    .argument('[run]', 'a run, also one that is only planned')
    .addOption(new Option('--kind <kind>', 'which letter').choices(mailKinds).makeOptionMandatory())
    .option('--scenario <id>', 'without a run: with sample data, as this scenario has it')
    .option('--site <name>', 'about this site (default: the first of the plan)')
    .option('--party <id>', 'to this party')
    .addOption(new Option('--role <role>', 'to whom').choices(['site', 'manager', 'ngi', 'vo', 'ca', 'nren', 'announce']))
    .option('--text <words>', 'words of your own')
    .option('--text-file <file>', 'the same from a file')
    .option('--sites <names>', 'the sites that the letter names, separated by commas')
    .option('--raw', 'the bytes as they are, for a file or a mail program')
    .action((run: string | undefined, options: PreviewOptions) => preview(cli, run, options))
}

async function preview(cli: Cli, name: string | undefined, options: PreviewOptions): Promise<void> {
  if ((name === undefined) === (options.scenario === undefined))
    throw new InputError('of what: either RUN, or --scenario ID for sample data', [])
  const { text, problems } = textOf(options, (file) => resolve(cli.cwd, file))
  if (problems.length > 0) throw new InputError('the letter cannot be written:', problems)
  const bytes =
    name === undefined
      ? await sampleLetter(cli.config, { ...options, scenario: options.scenario!, text })
      : await letterOf(cli, name, { ...options, text })
  if (name !== undefined && text === '' && traitsOf(options.kind).needsWords)
    cli.err('Without words of yours it does not go out: give them with --text\n')
  // What we compose is ASCII (RFC 5322, RFC 2045): as text it is the same bytes.
  const written = Buffer.from(bytes).toString('latin1')
  cli.out(options.raw ? written : shownText(written, { indent: '', most: MOST_LINES }))
}

type Wish = PreviewOptions & { text: string }

async function letterOf(cli: Cli, name: string, wish: Wish): Promise<Uint8Array> {
  const instance = await cli.instance()
  const run = await readPlannedRun(instance.store, name)
  const sites = wish.sites?.split(',').map((one) => one.trim())
  const problems = sitesProblems(run, sites)
  if (problems.length > 0) throw new InputError('the letter cannot be written:', problems)
  const to = whomOf(run, wish)
  const role = 'role' in to ? to.role : (wish.role ?? roleOf(run, to, wish.kind))
  if (!traitsOf(wish.kind).to.includes(role))
    throw new InputError(`the ${letters[wish.kind].title} is not for ${role}, but for ${traitsOf(wish.kind).to.join(', ')}`, [])
  const stream = streamOf(run, to)
  const state = await readChallenge(instance.store, stream)
  const words = { mail: wish.kind, role, text: wish.text, ...(sites === undefined ? {} : { sites }) }
  const id = orderId({ sha256: instance.sha256, now: instance.clock.now() }, words)
  const letter = { ...words, letter: letterName(run, { kind: wish.kind, role, id }), ...aboutWhich(wish.kind, to) }
  const task: LetterTask = { run, to: addressedIn(run, aboutOf(to), role), letter, stream, state: withAsked(state, letter.about, role) }
  const crypto = await openMailCrypto(cli.config.signing, { home: cli.config.home, log: (message) => cli.err(`${visible(message)}\n`) })
  const { composed } = await writeLetter(instance, { templates: loadMailTemplates(cli.config.home), crypto }, task)
  return composed.bytes
}

/** The one that was named; else the first for whom such a letter is. */
function whomOf(run: PlannedRun, { kind, site, party, role }: Wish): Addressee {
  if (site !== undefined || party !== undefined)
    return addresseeOf(run, { ...(site === undefined ? {} : { site }), ...(party === undefined ? {} : { party }) })
  const wanted = role === undefined ? traitsOf(kind).to : [role]
  const [firstSite] = run.plan.sites
  if (firstSite && wanted.some((one) => one === 'site' || one === 'manager' || one === 'ngi')) return firstSite
  const found = run.plan.parties.find((one) => wanted.includes(one.role))
  if (found) return found
  throw new InputError(
    `nobody in the plan of ${run.plan.id} gets such a letter (${wanted.join(', ')}); it has ${run.plan.parties.map(nameOf).join(', ') || 'no parties'}`,
    [],
  )
}

/** The first one that the plan knows an address of. */
function roleOf(run: PlannedRun, to: Addressee, kind: MailKind): Role {
  const known = traitsOf(kind).to.find((role) => {
    try {
      return addressedIn(run, aboutOf(to), role) !== undefined
    } catch {
      return false
    }
  })
  return known ?? traitsOf(kind).to[0] ?? 'site'
}

/** The letter's name in its challenge, as the rules and `ssc mail send` give it: with it go the Message-ID and the code. */
function letterName(run: PlannedRun, { kind, role, id }: { kind: MailKind; role: Role; id: string }): string {
  const freezeMs = run.pauses.findLast((one) => one.because === 'real incident')?.fromMs
  if (kind === 'escalation') return `${kind}-${role}`
  if (kind === 'real-incident' && freezeMs !== undefined) return `${kind}.${freezeMs}`
  return traitsOf(kind).byHand || kind === 'which-site' ? `${kind}-${id}` : kind
}

/** What a reminder and an escalation come back to. */
function aboutWhich(kind: MailKind, to: Addressee): { about?: string } {
  if (kind !== 'reminder' && kind !== 'escalation') return {}
  return { about: 'role' in to ? 'notification' : 'alert' }
}

/** Before that letter was sent it is written as if it had been. */
function withAsked(state: ChallengeState, about: string | undefined, role: Role): ChallengeState {
  if ((about !== 'alert' && about !== 'notification') || state.letters[about] !== undefined) return state
  const asked: Letter = { letter: about, mail: about, role, told: [] }
  return { ...state, letters: { ...state.letters, [about]: asked } }
}
