import type { Command } from 'commander'
import { InputError } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'
import { loadScenario } from '../../plugins.ts'
import { type Cli, printJson, table } from '../cli.ts'
import { placesOf, type ScenarioPlace } from './which.ts'

type Row = ScenarioPlace &
  ({ title: string; job: boolean; alert: 'all' | 'one'; questions: number; rubric: { id: string; version: number } } | { problem: string })

export function addList(scenario: Command, cli: Cli): void {
  scenario
    .command('list')
    .summary('which scenarios there are')
    .option('--json', 'as data')
    .action(({ json }: { json?: true }) => {
      const rows = placesOf(cli, undefined).map((place) => rowOf(cli, place))
      if (json) return printJson(cli, rows)
      cli.out(table([['SCENARIO', 'AT THE SITES', 'ALERTED', 'QUESTIONS', 'RUBRIC', 'TITLE'], ...rows.map(cells)]))
      cli.out('\nRead one with: ssc scenario show NAME. Make your own with: ssc scenario new NAME\n')
    })
}

function rowOf(cli: Cli, place: ScenarioPlace): Row {
  try {
    const { scenario, rubric } = loadScenario(place.id, cli.config.home)
    const { title, job, alert, questions } = scenario
    return {
      ...place,
      title,
      job: job !== undefined,
      alert,
      questions: questions.length,
      rubric: { id: rubric.id, version: rubric.version },
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { ...place, problem: `cannot be used: ssc scenario check ${place.id}` }
  }
}

function cells(row: Row): string[] {
  if ('problem' in row) return [row.id, '-', '-', '-', '-', row.problem]
  const { id, job, alert, questions, rubric, title } = row
  const version = `${plainLine(rubric.id, 30)} ${rubric.version}`
  return [id, job ? 'job' : 'no job', alert === 'one' ? 'one site' : 'all', String(questions), version, plainLine(title, 100)]
}
