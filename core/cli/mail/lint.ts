import type { Command } from 'commander'
import { InputError } from '../../domain/errors.ts'
import { linted, lintTemplates, type TemplateProblem } from '../../io/mail/lint-templates.ts'
import { loadMailTemplates, loadScenario, pluginFolders } from '../../plugins.ts'
import { type Cli, Exit, printJson, visible } from '../cli.ts'

export function addLint(mail: Command, cli: Cli): void {
  mail
    .command('lint')
    .summary('check all mail templates against all scenarios, with plain and with odd data')
    .option('--json', 'as data')
    .action(({ json }: { json?: true }) => {
      const { problems, templates } = lint(cli.config.home)
      if (json) printJson(cli, { templates, problems })
      else if (problems.length === 0) cli.out(`${templates} mail templates, and nothing wrong with them.\n`)
      else for (const one of problems) cli.err(`${visible(lineOf(one))}\n`)
      if (problems.length > 0) throw new Exit(1)
    })
}

type Problem = Partial<TemplateProblem> & { problem: string }

function lint(home: string): { templates: number; problems: Problem[] } {
  try {
    const library = loadMailTemplates(home)
    const scenarios = [...pluginFolders('scenarios', home).keys()].map((id) => linted(loadScenario(id, home).scenario))
    return { templates: library.reduce((n, layer) => n + layer.templates.size, 0), problems: lintTemplates(library, scenarios) }
  } catch (error) {
    // A template that cannot even be read is told as it stands: file, line and what is wrong.
    if (error instanceof InputError)
      return { templates: 0, problems: (error.problems.length > 0 ? error.problems : [error.message]).map((problem) => ({ problem })) }
    throw error
  }
}

function lineOf({ file, line, scenario, problem }: Problem): string {
  if (file === undefined) return problem
  return `${file}${line === undefined ? '' : `:${line}`}: ${problem} (scenario ${scenario})`
}
