import { resolve } from 'node:path'
import type { Command } from 'commander'
import { restoreBackup, writeBackup } from '../backup.ts'
import { type Cli, printJson } from './cli.ts'

export function addBackup(command: Command, cli: Cli): void {
  command
    .description(
      'Writes the whole instance into one file, also while `ssc serve` runs: the log, accounts, open work, personal content, keys and settings. Whoever has the file has the keys: keep it as you keep those.',
    )
    .requiredOption('--out <file>', 'where to, for example ssc-2027-01-11.backup.gz')
    .option('--json', 'as data')
    .action(async ({ out, json }: { out: string; json?: true }) => {
      const file = resolve(cli.cwd, out)
      const written = await writeBackup(await cli.instance(), file)
      if (json) return printJson(cli, { file, ...written })
      cli.out(`${file}: ${written.rows} rows and ${written.files} files. Try it now and then: SSC_HOME=/tmp/try ssc restore ${file}\n`)
    })
}

export function addRestore(command: Command, cli: Cli): void {
  command
    .description(
      'Makes an instance from a backup, in an empty SSC_HOME (and an empty database, where DATABASE_URL names one): it may be of the other set-up, and the backup of an older version. A config.yaml that lies there stays. `ssc serve --checked` starts it, when you have compared the log with the mail server and the job systems: what left after the backup is not known to it.',
    )
    .argument('<file>')
    .option('--json', 'as data')
    .action(async (name: string, { json }: { json?: true }) => {
      const restored = await restoreBackup(cli.config, resolve(cli.cwd, name))
      if (json) return printJson(cli, restored)
      cli.out(
        `Restored as of ${restored.at}: ${restored.rows} rows and ${restored.files} files.\nCompare what was sent since then, see \`ssc status RUN\`; start it with: ssc serve --checked\n`,
      )
    })
}
