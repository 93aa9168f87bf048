import type { Command } from 'commander'
import { comparisonOf } from '../documents.ts'
import { InputError } from '../domain/errors.ts'
import type { Cli } from './cli.ts'
import { deliver, formatFor } from './deliver.ts'
import { readRubric } from './score.ts'

type Options = { rubric?: string; format: string; out?: string }

export function addCompare(command: Command, cli: Cli): void {
  command
    .description(
      'Puts runs side by side, all scored with one rubric, so that years can be compared. A run that was brought by `ssc archive import` is named ORIGIN/RUN.',
    )
    .argument('<run...>', 'at least two')
    .option('--rubric <name>', 'a scenario whose rubric counts, or a file (default: that of the newest run)')
    .option('--format <name>', 'how it is written', 'html')
    .option('--out <file>', 'where to (default: to the output)')
    .action(async (runs: string[], { rubric, format, out }: Options) => {
      if (new Set(runs).size < 2) throw new InputError('name at least two runs. See which there are with: ssc status', [])
      await formatFor(cli, format, 'comparison')
      const chosen = rubric === undefined ? undefined : readRubric(cli, rubric)
      await deliver(cli, await comparisonOf(await cli.instance(), runs, chosen), { format, out })
    })
}
