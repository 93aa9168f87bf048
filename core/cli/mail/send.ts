import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { namedIn, nameOf, usualRole } from '../../addressees.ts'
import { type LetterWish, orderLetter } from '../../app/order-letter.ts'
import { readPlannedRun } from '../../app/view.ts'
import { letters, type MailKind, mailKinds, type Role } from '../../domain/mail.ts'
import type { Addressee, PlannedRun } from '../../domain/work.ts'
import type { Instance } from '../../instance.ts'
import { orderedBefore, rowOf, tryOrder, type Wished } from '../../letter-orders.ts'
import { orderId, sitesProblems } from '../../letter-words.ts'
import { type Cli, printJson, table } from '../cli.ts'
import { neverEmpty } from '../run-file.ts'
import { textOf } from './own-words.ts'

type Options = {
  kind: MailKind
  to: string[]
  role?: Role
  text?: string
  textFile?: string
  sites?: string
  by: string
  again?: true
  dryRun?: true
  json?: true
}

export function addSend(mail: Command, cli: Cli): void {
  mail
    .command('send')
    .summary('have a letter of a kind that officers order written to whom you name')
    .description(
      'Orders a letter; it leaves by the gate while `ssc serve` runs. The same words to the same addressee on the same day (UTC) are ordered once, however often you say it.\nLook at it first with: ssc mail preview RUN --kind KIND',
    )
    .argument('<run>')
    .addOption(new Option('--kind <kind>', 'which letter').choices(mailKinds).makeOptionMandatory())
    .requiredOption('--to <whom...>', 'site:NAME, party:ID, all-sites, all-parties, or all of a role: vo, ca, nren, ngi, announce')
    .addOption(new Option('--role <role>', "to whom of a site's").choices(['site', 'manager', 'ngi']))
    .option('--text <words>', 'words of your own, which stand in the letter')
    .option('--text-file <file>', 'the same from a file')
    .option('--sites <names>', 'the sites that the letter names, separated by commas')
    .option('--by <name>', 'who orders it', cli.user)
    .option('--again', 'once more, though it was ordered today already')
    .option('--dry-run', 'say what would be ordered, and order nothing')
    .option('--json', 'as data')
    .action((run: string, options: Options) => send(cli, run, options))
}

async function send(cli: Cli, name: string, options: Options): Promise<void> {
  const by = neverEmpty(options.by, '--by')
  const instance = await cli.instance()
  const run = await readPlannedRun(instance.store, name)
  const { wish, to, problems } = await wishOf(cli, instance, { run, options, by })
  // Nothing is ordered while any of it is wrong, and all that is wrong is told at once.
  await tryOrder(instance, wish, { to, problems })
  const ordered = await orderedBefore(instance, run, { wish, to, again: options.again === true })
  const fresh = to.filter((one) => !ordered.has(nameOf(one)))
  if (!options.dryRun && fresh.length > 0) await orderLetter(instance, { ...wish, id: ordered.id }, fresh)
  if (options.json)
    return printJson(
      cli,
      to.map((one) => ({
        ...rowOf(run, one, wish),
        letter: `${wish.mail}-${ordered.id}`,
        ordered: fresh.includes(one) && !options.dryRun,
      })),
    )
  tell(cli, { run, wish, fresh, to, dryRun: options.dryRun === true })
}

async function wishOf(
  cli: Cli,
  { sha256, clock }: Instance,
  { run, options, by }: { run: PlannedRun; options: Options; by: string },
): Promise<Wished> {
  const { to, problems } = namedIn(run, options.to, options.kind)
  const { text, problems: ofText } = textOf(options, (file) => resolve(cli.cwd, file))
  const sites = options.sites?.split(',').map((one) => one.trim())
  const role = options.role ?? usualRole(options.kind)
  const words = { mail: options.kind, role, text, ...(sites === undefined ? {} : { sites }) }
  const id = orderId({ sha256, now: clock.now() }, words)
  return { wish: { run: run.plan.id, ...words, by, id }, to, problems: [...problems, ...ofText, ...sitesProblems(run, sites)] }
}

type Told = { run: PlannedRun; wish: LetterWish; fresh: readonly Addressee[]; to: readonly Addressee[]; dryRun: boolean }

function tell(cli: Cli, { run, wish, fresh, to, dryRun }: Told): void {
  const before = to.length - fresh.length
  if (fresh.length > 0) cli.out(`${table([['WHO', 'ROLE', 'ADDRESS'], ...fresh.map((one) => Object.values(rowOf(run, one, wish)))])}\n`)
  if (before > 0)
    cli.out(
      `${before} of ${to.length} ${before === 1 ? 'has' : 'have'} the very same order of today already: it goes once. For once more add --again\n`,
    )
  const what = `${letters[wish.mail].title}, ${fresh.length} ${fresh.length === 1 ? 'letter' : 'letters'}`
  if (dryRun) cli.out(`A dry run: ${what} would be ordered, and nothing was.\n`)
  else if (fresh.length === 0) cli.out('Nothing was ordered.\n')
  else cli.out(`Ordered: ${what}. It goes out while \`ssc serve\` runs; see: ssc mail list ${run.plan.id}\n`)
}
