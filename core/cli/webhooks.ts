import type { Command } from 'commander'
import { InputError } from '../domain/errors.ts'
import { noticeNames } from '../domain/notice.ts'
import { utcWords } from '../domain/zone.ts'
import { type HookRow, hookRows, hooksOf, pingHook } from '../webhooks.ts'
import { type Cli, printJson, table } from './cli.ts'

type Json = { json?: true }

export function addWebhooks(webhooks: Command, cli: Cli): void {
  webhooks
    .description(
      `The hooks of config.yaml, which are told what happens in runs while \`ssc serve\` runs, and where each of them stands.\nThey can be told of: ${noticeNames.join(', ')}.`,
    )
    .option('--json', 'as data')
    .action(async (options: Json) => {
      const rows = await hookRows(await cli.instance())
      if (options.json) return printJson(cli, rows)
      cli.out(rows.length === 0 ? 'There are none: name them in config.yaml, under webhooks.\n' : hooksTable(rows))
    })
  webhooks
    .command('test')
    .summary('send a message to a hook that tells of nothing, and say how it was taken')
    .argument('<name>')
    .action((name: string) => ping(cli, name))
}

async function ping(cli: Cli, name: string): Promise<void> {
  const hooks = hooksOf(cli.config)
  const hook = hooks.find((one) => one.name === name)
  if (hook === undefined)
    throw new InputError(
      `there is no webhook '${name}' in config.yaml. There are: ${hooks.map((one) => one.name).join(', ') || 'none'}.`,
      [],
    )
  cli.out(`It was taken: ${await pingHook(await cli.instance(), hook, cli.signal)}.\n`)
}

function hooksTable(rows: readonly HookRow[]): string {
  const lines = rows.map(({ name, host, state }) => [
    name,
    host,
    state?.last === undefined ? '-' : `${state.last.name}, ${utcWords(state.last.at)}`,
    state?.last === undefined ? '-' : state.last.answer,
    state === null ? '-' : `${state.failures}${state.nextMs === undefined ? '' : `, again at ${utcWords(state.nextMs)}`}`,
    state === null ? '-' : String(state.givenUp),
  ])
  return table([['NAME', 'HOST', 'LAST TOLD OF', 'ANSWER', 'FAILURES', 'NEVER TOLD'], ...lines])
}
