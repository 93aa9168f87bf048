import type { Command } from 'commander'
import { decideHeld, heldWork } from '../app/pause-run.ts'
import { readRunState } from '../app/view.ts'
import { InputError } from '../domain/errors.ts'
import { partyOfStream, siteOfStream } from '../domain/event.ts'
import { pausedBy } from '../domain/run-state.ts'
import { utcWords } from '../domain/zone.ts'
import { heldRow } from '../held-rows.ts'
import type { Effect } from '../ports.ts'
import { type Cli, printJson, table, visible } from './cli.ts'
import { neverEmpty } from './run-file.ts'

type Options = { do?: string[]; drop?: string[]; by: string; json?: true }

export function addHeld(command: Command, cli: Cli): void {
  command
    .description('Lists the work that fell into a pause or met a limit, and takes your decision on it, piece by piece or for all.')
    .argument('<run>')
    .option('--do <ids...>', 'have these done after all, ten seconds apart; `all` for every one')
    .option('--drop <ids...>', 'let these drop for good; `all` for every one')
    .option('--by <name>', 'who decides', cli.user)
    .option('--json', 'as data')
    .action(async (run: string, options: Options) => {
      const by = neverEmpty(options.by, '--by')
      if (options.do !== undefined && options.drop !== undefined)
        throw new InputError('one decision at a time: either --do or --drop. Nothing was decided.', [])
      const ids = options.do ?? options.drop
      if (ids === undefined) return list(cli, run, options)
      await decide(cli, { run, ids: idsOf(ids), go: options.do !== undefined, by }, options)
    })
}

/** None means all, as the use case has it. */
function idsOf(ids: readonly string[]): string[] {
  if (!ids.includes('all')) return [...new Set(ids)]
  if (ids.length > 1) throw new InputError('either `all`, or the ids of some. Nothing was decided.', [])
  return []
}

async function list(cli: Cli, run: string, { json }: Options): Promise<void> {
  const { store } = await cli.instance()
  const state = await readRunState(store, run)
  const held = await heldWork({ store }, run)
  if (json) return printJson(cli, held.map(heldData))
  if (held.length === 0) return cli.out(`Nothing is held in ${run}.\n`)
  cli.out(`${heldTable(held)}\n`)
  const next = pausedBy(state)
    ? `The run is paused; first go on with: ssc resume ${run} --by NAME`
    : `Decide with: ssc held ${run} --do ID... or --drop ID..., or with \`all\` in place of the ids`
  cli.out(`${next}\n`)
}

type Decision = Parameters<typeof decideHeld>[1]

async function decide(cli: Cli, decision: Decision, { json }: Options): Promise<void> {
  const chosen = await decideHeld(await cli.instance(), decision)
  if (json) return printJson(cli, { run: decision.run, go: decision.go, by: decision.by, ids: chosen.map((one) => one.id) })
  if (chosen.length === 0) return cli.out(`Nothing is held in ${decision.run}, so nothing was decided.\n`)
  for (const { id } of chosen) cli.out(`  ${visible(id)}\n`)
  cli.out(
    decision.go
      ? `${chosen.length} will be done while \`ssc serve\` runs, ten seconds apart; the gate asks everything else again.\n`
      : `${chosen.length} dropped for good.\n`,
  )
  if (chosen.some((one) => one.kind === 'send-task'))
    cli.out(`Orders go to an agent one after the other: the next one may be held then. Look again with: ssc held ${decision.run}\n`)
}

export function heldData({ id, kind, due, stream, payload }: Effect): unknown {
  const about = {
    ...(payload.mail === undefined ? {} : { mail: payload.mail }),
    ...(payload.order === undefined ? {} : { order: payload.order }),
  }
  return { id, kind, due, site: siteOfStream(stream), party: partyOfStream(stream), ...about }
}

export function heldTable(held: readonly Effect[]): string {
  const rows = held.map(heldRow).map(({ id, what, site, party, due }) => [id, what, site ?? party ?? '-', utcWords(due)])
  return table([['ID', 'WORK', 'SITE OR PARTY', 'WAS DUE'], ...rows])
}
