import { Argument, type Command } from 'commander'
import { readDetails } from '../../app/keep-mail.ts'
import { readShelves } from '../../app/sort-mail.ts'
import type { Shelf } from '../../domain/event.ts'
import type { Shelved } from '../../domain/mailroom.ts'
import { plainLine } from '../../domain/text.ts'
import { utcWords } from '../../domain/zone.ts'
import type { Store } from '../../ports.ts'
import { type Cli, printJson, table } from '../cli.ts'
import { shortHash } from './show-text.ts'

/** A flood of spam fills no screen. */
const MOST_ROWS = 200

export function addShelf(mail: Command, cli: Cli): void {
  mail
    .command('shelf')
    .summary('list the mails that belong to no challenge, or that nobody could read')
    .addArgument(new Argument('[shelf]', 'one shelf (default: all)').choices(['corrupt', 'to-sort', 'spam']))
    .option('--json', 'as data')
    .action(async (shelf: Shelf | undefined, { json }: { json?: true }) => {
      const { store } = await cli.instance()
      const all = (await readShelves({ store })).filter((one) => shelf === undefined || one.shelf === shelf)
      const rows = await Promise.all(all.slice(0, MOST_ROWS).map((one) => withDetails(store, one)))
      if (json) return printJson(cli, { count: all.length, mails: rows })
      if (rows.length === 0) return cli.out(`Nothing waits on ${shelf === undefined ? 'the shelves' : `the shelf ${shelf}`}.\n`)
      cli.out(shelfTable(rows))
      if (all.length > rows.length) cli.out(`... and ${all.length - rows.length} that came later.\n`)
      cli.out('Read one with: ssc mail show HASH. Then: ssc mail sort HASH --run RUN --site NAME, or --dismiss WHY\n')
    })
}

type Row = Shelved & { from?: string; subject?: string }

async function withDetails(store: Store, one: Shelved): Promise<Row> {
  const details = await readDetails({ store }, one.detailsHash)
  return details === undefined ? one : { ...one, from: details.from, subject: details.subject }
}

function shelfTable(rows: readonly Row[]): string {
  const lines = rows.map(({ contentHash, shelf, at, from, subject, because, proposals }) => [
    shortHash(contentHash),
    shelf,
    utcWords(at),
    plainLine(from ?? '', 50) || '-',
    plainLine(subject ?? '', 60) || '-',
    plainLine(because, 80),
    plainLine(proposals.map(({ run, site }) => `${run} ${site}`).join(', '), 120) || '-',
  ])
  return table([['HASH', 'SHELF', 'CAME', 'FROM', 'SUBJECT', 'WHY IT IS HERE', 'MAY BELONG TO'], ...lines])
}
