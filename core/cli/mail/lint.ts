import type { Command } from 'commander'
import { lintLetters, problemLine } from '../../lint-letters.ts'
import { type Cli, Exit, printJson, visible } from '../cli.ts'

export function addLint(mail: Command, cli: Cli): void {
  mail
    .command('lint')
    .summary('check all mail templates against all scenarios, with plain and with odd data')
    .option('--json', 'as data')
    .action(({ json }: { json?: true }) => {
      const { problems, templates } = lintLetters(cli.config.home)
      if (json) printJson(cli, { templates, problems })
      else if (problems.length === 0) cli.out(`${templates} mail templates, and nothing wrong with them.\n`)
      else for (const one of problems) cli.err(`${visible(problemLine(one))}\n`)
      if (problems.length > 0) throw new Exit(1)
    })
}
