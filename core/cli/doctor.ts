import type { Command } from 'commander'
import { examine } from '../doctor.ts'
import { type Cli, Exit, printJson, visible } from './cli.ts'

export function addDoctor(command: Command, cli: Cli): void {
  command.option('--json', 'as data').action(async (options: { json?: true }) => {
    const findings = await examine(cli.config, cli.instance)
    if (options.json) printJson(cli, findings)
    else
      for (const { what, problem } of findings) cli.out(problem === null ? `ok       ${what}\n` : `problem  ${what}: ${visible(problem)}\n`)
    if (findings.some((one) => one.problem !== null)) throw new Exit(1)
  })
}
