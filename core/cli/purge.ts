import type { Command } from 'commander'
import { type PurgeStep, planPurge } from '../app/purge-run.ts'
import { InputError } from '../domain/errors.ts'
import { Duration } from '../domain/run.ts'
import { utcWords } from '../domain/zone.ts'
import type { Instance } from '../instance.ts'
import { carryOutPurge, DAY_MS } from '../retention.ts'
import { type Cli, printJson, table } from './cli.ts'
import { neverEmpty } from './run-file.ts'

type Options = { run?: string; olderThan?: string; by: string; dryRun?: true; json?: true }

/** `erased`: pieces of content; absent where the run has to wait. */
type Row = { run: string; olderThanMs?: number; keptUntilMs?: number; erased?: number }

export function addPurge(command: Command, cli: Cli): void {
  command
    .description(
      'Erases mails, reports and findings of runs that ended longer ago than the setting retentionDays says, and old mails on the shelves. The log stays whole: it holds hashes and verdicts.\nOf a run under way only what is older than that. Erased is erased: no backup is made. Look first with --dry-run.',
    )
    .option('--run <run>', 'one run only, or `mailroom` for the shelves (default: all)')
    .option('--older-than <time>', 'kept for so long after the end of a run, for example 90d (default: retentionDays)')
    .option('--by <name>', 'who says so', cli.user)
    .option('--dry-run', 'count, and erase nothing')
    .option('--json', 'as data')
    .action((options: Options) => purge(cli, options))
}

async function purge(cli: Cli, { run, olderThan, dryRun, json, ...options }: Options): Promise<void> {
  const by = neverEmpty(options.by, '--by')
  const leastMs = cli.config.retentionDays * DAY_MS
  const keepMs = olderThan === undefined ? leastMs : durationOf(olderThan)
  const instance = await cli.instance()
  const rows: Row[] = []
  for (const step of await planPurge(instance, { run, keepMs, leastMs }))
    rows.push(await carryOut(instance, { step, by, dryRun: dryRun === true }))
  if (json) return printJson(cli, { by, dryRun: dryRun === true, runs: rows })
  cli.out(textOf(rows, dryRun === true))
}

function durationOf(text: string): number {
  const read = Duration.safeParse(text)
  if (!read.success) throw new InputError('--older-than needs a whole number and a unit, for example 180d', [])
  return read.data
}

async function carryOut(instance: Instance, { step, by, dryRun }: { step: PurgeStep; by: string; dryRun: boolean }): Promise<Row> {
  if (!('olderThanMs' in step)) return step
  if (dryRun) return { ...step, erased: await countContent(instance, step) }
  return { ...step, erased: await carryOutPurge(instance, { step, by }) }
}

async function countContent({ db }: Instance, { run, olderThanMs }: { run: string; olderThanMs: number }): Promise<number> {
  const [row] = await db.query<{ n: number }>('select count(*)::int as n from ssc.contents where run = $1 and kept_ms < $2', [
    run,
    olderThanMs,
  ])
  return row?.n ?? 0
}

function textOf(rows: readonly Row[], dryRun: boolean): string {
  if (rows.length === 0) return 'There is nothing to erase.\n'
  const lines = rows.map(({ run, olderThanMs, keptUntilMs, erased }) => [
    run,
    erased === undefined ? '-' : String(erased),
    olderThanMs === undefined
      ? `nothing: kept until ${keptUntilMs === undefined ? 'its end' : utcWords(keptUntilMs)}`
      : `what came before ${utcWords(olderThanMs)}`,
  ])
  const sum = rows.reduce((n, row) => n + (row.erased ?? 0), 0)
  const pieces = `${sum} ${sum === 1 ? 'piece' : 'pieces'} of content`
  const last = dryRun
    ? `A dry run: ${pieces} would be erased, and nothing was.`
    : `${pieces} erased; the hashes stay in the log. Check it with: ssc verify RUN`
  return `${table([['RUN', 'PIECES', 'WHICH'], ...lines])}\n${last}\n`
}
