import { type Command, Option } from 'commander'
import { socketPath } from '../config.ts'
import { type Role, serve } from '../serve.ts'
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
      log('ready', serving.addresses)
      await untilAborted(cli.signal)
      log('ending')
      verbs?.close()
      await serving.close()
    })
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
