import { type Command, Option } from 'commander'
import { socketPath } from '../config.ts'
import { type Role, type Serving, serve } from '../serve.ts'
import type { Cli } from './cli.ts'
import { checkPath, type Handler, listenForVerbs } from './socket.ts'

export function addServe(command: Command, cli: Cli): void {
  command
    .description(
      'Carries out the launched runs until it is interrupted: jobs, orders, heartbeats, probes, mails and answers. Every other verb works meanwhile, through it.',
    )
    .addOption(
      new Option('--role <role>', 'one part only (needs DATABASE_URL and REDIS_URL)').choices(['all', 'worker', 'listener']).default('all'),
    )
    .option('--checked', 'after a crash of the machine: an officer has compared the log with the outside')
    .action(async (options: { role: Role; checked?: true }) => {
      if (options.role === 'all') checkPath(socketPath(cli.config))
      const instance = await cli.instance()
      const log = (message: string, data?: Record<string, unknown>) =>
        cli.out(`${new Date().toISOString()} ${message}${data === undefined ? '' : ` ${JSON.stringify(data)}`}\n`)
      const serving = await serve(instance, { role: options.role, checked: options.checked === true, log })
      const handle: Handler = (call, io) => cli.runVerb(call.argv, { ...cli, ...call, ...io, instance: async () => instance })
      const verbs = options.role === 'all' ? await listenForVerbs(socketPath(cli.config), handle) : undefined
      tellReady(cli, serving, log)
      await untilAborted(cli.signal)
      log('ending')
      verbs?.close()
      await serving.close()
    })
}

type Log = (message: string, data?: Record<string, unknown>) => void

/** Where to go now. A person at a terminal is told in words; a log has one line for each. */
function tellReady({ isTerminal, out }: Cli, { addresses, firstRun }: Serving, log: Log): void {
  if (isTerminal && addresses.operator !== undefined) {
    out(welcome(addresses.operator, firstRun))
    return
  }
  if (firstRun !== undefined) log('nobody has an account yet: make the first one in a browser on this machine', { link: firstRun })
  log('ready', addresses)
}

function welcome(operator: string, firstRun: string | undefined): string {
  const first = `Nobody has an account yet. Make the first one, in a browser on this machine, with this link:\n\n  ${firstRun}\n\nLater`
  return `\n${firstRun === undefined ? 'The' : `${first}, the`} officers' pages are at ${operator}\nCtrl-C ends it. What happens is told below.\n\n`
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
