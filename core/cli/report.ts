import { renameSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { InputError } from '../domain/errors.ts'
import { loadReportFormats } from '../plugins.ts'
import { reportOf } from '../report.ts'
import type { Cli } from './cli.ts'

export function addReport(command: Command, cli: Cli): void {
  command
    .argument('<run>')
    .option('--format <name>', 'html, json, csv or markdown', 'html')
    .option('--out <file>', 'where to (default: to the output)')
    .action(async (run: string, options: { format: string; out?: string }) => {
      const formats = await loadReportFormats(cli.config.home)
      const format = formats.get(options.format)
      if (format === undefined)
        throw new InputError(`there is no report format '${options.format}'. There are: ${[...formats.keys()].join(', ')}.`, [])
      const { body } = format.render(await reportOf(await cli.instance(), run))
      if (options.out === undefined) return cli.out(body)
      const file = resolve(cli.cwd, options.out)
      writeReport(file, body)
      cli.out(`${file}\n`)
    })
}

/** A report is confidential: only its owner may read the file. Renamed into place, so that it is whole or not there. */
export function writeReport(file: string, body: string): void {
  try {
    writeFileSync(`${file}.new`, body, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  } catch (error) {
    throw new InputError(`cannot write ${file}: ${(error as Error).message}`, [])
  }
}
