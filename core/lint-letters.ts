import { InputError } from './domain/errors.ts'
import { linted, lintTemplates, type TemplateProblem } from './io/mail/lint-templates.ts'
import { loadMailTemplates, loadScenario, pluginFolders } from './plugins.ts'

export type LetterProblem = Partial<TemplateProblem> & { problem: string }

/** What is wrong with the templates, tried with all scenarios. */
export function lintLetters(home: string): { templates: number; problems: LetterProblem[] } {
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

/** With its place, where it has one. */
export function problemLine({ file, line, scenario, problem }: LetterProblem): string {
  if (file === undefined) return problem
  return `${file}${line === undefined ? '' : `:${line}`}: ${problem} (scenario ${scenario})`
}
