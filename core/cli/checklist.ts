import type { Command } from 'commander'
import { tickStep } from '../app/tick-step.ts'
import { readPlannedRun } from '../app/view.ts'
import { type ChecklistPhase, checklistOf } from '../domain/checklist.ts'
import { InputError } from '../domain/errors.ts'
import { plainLine } from '../domain/text.ts'
import { utcWords } from '../domain/zone.ts'
import { type Cli, printJson, visible } from './cli.ts'
import { neverEmpty } from './run-file.ts'

type Options = { tick?: string; untick?: string; note?: string; by: string; json?: true }

export function addChecklist(command: Command, cli: Cli): void {
  command
    .description(
      'Shows what an officer does by hand, as the scenario has it, and who did what when. A tick is a fact of the run, and so is taking it back.',
    )
    .argument('<run>')
    .option('--tick <step>', 'this step was done')
    .option('--untick <step>', 'this step was not done after all')
    .option('--note <words>', 'what is to be known of it')
    .option('--by <name>', 'who says so', cli.user)
    .option('--json', 'as data')
    .action(async (run: string, options: Options) => {
      await tick(cli, run, options)
      const { scenario, ticks } = await readPlannedRun((await cli.instance()).store, run)
      const phases = checklistOf(scenario, { run, ticks })
      if (options.json) return printJson(cli, { run, phases })
      cli.out(phases.length === 0 ? `The scenario of ${run} has no checklist.\n` : phases.map(phaseText).join('\n'))
    })
}

async function tick(cli: Cli, run: string, { tick: done, untick, note, ...options }: Options): Promise<void> {
  if (done !== undefined && untick !== undefined) throw new InputError('either --tick or --untick. Nothing was ticked.', [])
  const step = done ?? untick
  if (step === undefined && note !== undefined) throw new InputError('--note goes with --tick or --untick. Nothing was ticked.', [])
  if (step === undefined) return
  const by = neverEmpty(options.by, '--by')
  await tickStep(await cli.instance(), { run, step, done: done !== undefined, by, note: plainLine(note ?? '', 500) })
}

function phaseText({ title, steps }: ChecklistPhase): string {
  const lines = steps.flatMap(({ id, text, command, tick: of }) => [
    `  [${of ? 'x' : ' '}] ${id}: ${plainLine(text, 2_000)}`,
    ...(command === undefined ? [] : [`      ${command}`]),
    ...(of === undefined ? [] : [`      ${utcWords(of.at)}, ${visible(of.by)}${of.note === '' ? '' : `: ${visible(of.note)}`}`]),
  ])
  return `${title}\n${lines.join('\n')}\n`
}
