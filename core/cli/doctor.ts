import type { Command } from 'commander'
import { examine, type Finding } from '../doctor.ts'
import { type Cli, Exit, printJson, visible, visibleLines } from './cli.ts'

export function addDoctor(command: Command, cli: Cli): void {
  command.option('--json', 'as data').action(async (options: { json?: true }) => {
    const findings = await examine(cli.config, cli.instance)
    if (options.json) printJson(cli, findings)
    else for (const finding of findings) cli.out(linesOf(finding))
    if (findings.some((one) => one.problem !== null)) throw new Exit(1)
  })
}

function linesOf({ what, problem, notAsked = [] }: Finding): string {
  const line = problem === null ? `ok       ${what}\n` : `problem  ${what}: ${visibleLines(problem)}\n`
  return [line, ...notAsked.map((words) => `unknown  ${what}: ${visible(words)}\n`)].join('')
}
