import type { Command } from 'commander'
import { stringify } from 'csv-stringify/sync'
import { contactsOf } from '../documents.ts'
import { type ContactQuality, depthWords } from '../domain/contact-quality.ts'
import { InputError } from '../domain/errors.ts'
import type { Role } from '../domain/mail.ts'
import { durationWords, plainLine } from '../domain/text.ts'
import { type Cli, printJson, table } from './cli.ts'

type Options = { csv?: true; json?: true }

/** Those of a site as GOCDB calls them. */
const ROLES: Record<Role, string> = {
  site: 'security contact',
  manager: 'general contact',
  ngi: 'NGI',
  vo: 'VO',
  ca: 'CA',
  nren: 'NREN',
  announce: 'public list',
}

export function addContacts(command: Command, cli: Cli): void {
  command
    .description(
      'What the run showed of each contact: whether letters arrive there, who answers, how fast and how well. With it GOCDB can be corrected.\nA contact that is wrong there is mended there; then: ssc sites fetch',
    )
    .argument('<run>')
    .option('--csv', 'one line a contact, for a spreadsheet')
    .option('--json', 'as data')
    .action(async (run: string, options: Options) => {
      if (options.csv && options.json) throw new InputError('either --csv or --json', [])
      const contacts = await contactsOf(await cli.instance(), run)
      if (options.json) return printJson(cli, { run, contacts })
      cli.out(options.csv ? csvOf(contacts) : textOf(contacts))
    })
}

function textOf(contacts: readonly ContactQuality[]): string {
  const rows = contacts.map((one) => [
    one.who,
    ROLES[one.role],
    one.address,
    `${one.accepted} / ${one.refused} / ${one.bounced}`,
    String(one.automatic),
    String(one.human),
    one.firstAnswer === undefined ? '-' : `${durationWords(one.firstAnswer.wallMs)} (${durationWords(one.firstAnswer.workingMs)})`,
    one.depth === undefined ? 'unknown' : `${one.depth} ${depthWords[one.depth]}`,
  ])
  const failed = contacts
    .filter((one) => one.words.length > 0)
    .map((one) => `  ${plainLine(`${one.who}, ${one.address}: ${one.words.join('; ')}`, 500)}\n`)
  const heads = [
    'WHO',
    'CONTACT',
    'ADDRESS',
    'TAKEN / REFUSED / BOUNCED',
    'AUTOMATIC',
    'BY PEOPLE',
    'FIRST ANSWER AFTER (IN WORKING TIME)',
    'DEPTH',
  ]
  return `${table([heads, ...rows])}${failed.length === 0 ? '' : `\nWhat the other side said of letters that it did not take:\n${failed.join('')}`}`
}

/** Times in minutes. No cell is a formula (https://owasp.org/www-community/attacks/CSV_Injection), and none holds a line break. */
function csvOf(contacts: readonly ContactQuality[]): string {
  const minutes = (ms: number | undefined) => (ms === undefined ? '' : String(Math.round(ms / 60_000)))
  const rows = contacts.map((one) => [
    one.who,
    ROLES[one.role],
    one.address,
    one.accepted,
    one.refused,
    one.bounced,
    one.automatic,
    one.human,
    one.firstAnswer === undefined ? '' : new Date(one.firstAnswer.at).toISOString(),
    minutes(one.firstAnswer?.wallMs),
    minutes(one.firstAnswer?.workingMs),
    one.depth ?? '',
    one.words.join('; '),
  ])
  const heads = [
    'who',
    'contact',
    'address',
    'taken',
    'refused',
    'bounced',
    'automatic',
    'by people',
    'first answer (UTC)',
    'after (min)',
    'after (working min)',
    'depth',
    'words',
  ]
  const clean = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? plainLine(cell, 1_000) : String(cell))))
  return stringify([heads, ...clean], { record_delimiter: '\r\n', escape_formulas: true })
}
