import { type Command, Option } from 'commander'
import { addresseeOf, nameOf } from '../addressees.ts'
import { overrideScore } from '../app/override-score.ts'
import { readPlannedRun } from '../app/view.ts'
import type { FinalLight } from '../domain/event.ts'
import type { Score } from '../domain/report.ts'
import { type Cli, printJson, visible } from './cli.ts'
import { neverEmpty } from './run-file.ts'

type Options = {
  site?: string
  party?: string
  expectation: string
  light: FinalLight
  points?: string
  reason: string
  by: string
  json?: true
}

const lights: readonly FinalLight[] = ['green', 'amber', 'red', 'grey']

export function addOverride(command: Command, cli: Cli): void {
  command
    .description("Puts your verdict in the place of the rubric's. Both stay visible, with your reason; the last verdict counts.")
    .argument('<run>')
    .option('--site <name>', 'whose light')
    .option('--party <id>', "or which party's")
    .requiredOption('--expectation <id>', 'which one, as `ssc score RUN --site NAME --explain` names it')
    .addOption(new Option('--light <light>', 'what it is').choices(lights).makeOptionMandatory())
    .option('--points <n>', 'how many points (green: all, red and grey: none, unless you say so)')
    .requiredOption('--reason <words>', 'why; the site reads it')
    .option('--by <name>', 'who decides', cli.user)
    .option('--json', 'as data')
    .action(async (run: string, { site, party, points, json, ...options }: Options) => {
      const by = neverEmpty(options.by, '--by')
      const reason = options.reason.replaceAll(/\s+/g, ' ').trim().slice(0, 500)
      const instance = await cli.instance()
      const of = addresseeOf(await readPlannedRun(instance.store, run), { ...(site && { site }), ...(party && { party }) })
      const wish = { run, of, expectation: options.expectation, light: options.light, reason, by }
      const { before, after } = await overrideScore(instance, { ...wish, ...(points !== undefined && { points: numberOf(points) }) })
      if (json) return printJson(cli, { before, after })
      cli.out(`${visible(after.title)}\n  It was:    ${lightWords(before)}\n  It is now: ${lightWords(after)}\n`)
      cli.out(`See: ssc score ${run} ${'role' in of ? '--party' : '--site'} ${nameOf(of)} --explain\n`)
    })
}

/** What is no number is told with all else that is wrong. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

function lightWords({ light, points, outOf, reason }: Score): string {
  return `${light}, ${points === null ? `up to ${outOf}` : `${points} of ${outOf}`} points: ${visible(reason)}`
}
