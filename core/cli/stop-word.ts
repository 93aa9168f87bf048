import { Command } from 'commander'
import type { Config } from '../config.ts'
import { below } from '../domain/address.ts'
import { InputError, messageOf } from '../domain/errors.ts'
import { JobName } from '../domain/heartbeat.ts'
import { stopPath } from '../domain/task.ts'
import { openStopFile, openStopLines } from '../io/stop-file.ts'

/** What is to be stopped; without `run` it is everything. */
export type StopOrder = { run?: string; by: string; reason: string }
export type StopOptions = { all?: true; by: string; reason: string; watch?: true; json?: true }

/** The arguments of `ssc stop`, for the verb itself and for what comes before it. */
export function stopArguments(command: Command, user: string): Command {
  return command
    .argument('[run]', 'which one')
    .option('--all', 'all runs; no new one can be launched either, until the file STOP is removed')
    .option('--by <name>', 'who stops it', user)
    .option('--reason <words>', 'why', 'no reason was given')
    .option('--watch', 'stay and show how the agents end, until all have')
    .option('--json', 'as data; with --watch a line for each change')
}

/** Throws InputError when it does not say plainly what is to be stopped. */
export function stopOrder(run: string | undefined, { all, by, reason }: StopOptions): StopOrder {
  if ((run === undefined) === (all === undefined))
    throw new InputError('say what is to be stopped: ssc stop RUN, or ssc stop --all. Nothing was stopped.', [])
  if (run?.toLowerCase() === 'all') throw new InputError('to stop all runs: ssc stop --all. Nothing was stopped.', [])
  if (run !== undefined && !JobName.safeParse(run).success)
    throw new InputError(`'${run}' cannot be the name of a run, which has letters, digits, dots and dashes. Nothing was stopped.`, [])
  // Whatever else is odd in them, nobody who wants a stop is sent away for it.
  const words = (text: string, otherwise: string) => text.replaceAll(/\s+/g, ' ').trim().slice(0, 500) || otherwise
  return { ...(run === undefined ? {} : { run }), by: words(by, 'somebody'), reason: words(reason, 'no reason was given') }
}

/**
 * The first thing that `ssc stop` does, before any socket, store or server is touched: the word in the file STOP. What is wrong in
 * the arguments is left to the verb to say; undefined then.
 */
export function stopByFile(argv: readonly string[], { home, user }: { home: string; user: string }): StopOrder | undefined {
  let order: StopOrder | undefined
  const command = stopArguments(new Command('stop'), user)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .action((run: string | undefined, options: StopOptions) => {
      order = stopOrder(run, options)
    })
  try {
    command.parse([...argv], { from: 'user' })
  } catch {
    return undefined
  }
  if (order !== undefined) writeStopWord({ home }, order)
  return order
}

/** Gives back what went wrong; undefined when the word stands. */
export function writeStopWord({ home }: Pick<Config, 'home'>, order: StopOrder): string | undefined {
  const { file, add } = openStopFile(home)
  try {
    add({ ...order, at: new Date().toISOString() })
    return undefined
  } catch (error) {
    return `${file} could not be written (${messageOf(error)})`
  }
}

/** For a run that the store does not know. One that was launched from here stays stopped all the same. Gives back what to say. */
export function takeBackWord({ home }: Pick<Config, 'home'>, run: string): string {
  const { file, remove } = openStopFile(home)
  if (openStopLines(home).read(run) !== undefined) return `It was launched from here, so that its word stays in ${file}.`
  remove(run)
  return 'Nothing was stopped.'
}

/** Where the part begins that an officer has to see to. */
export const OPEN_POINTS = 'What does not hold, or not yet:'

/** What an officer has to know when the file is all that could be done. */
export async function whatHolds(config: Config, order: StopOrder, problem: string): Promise<string> {
  const { file, haltOf } = openStopFile(config.home)
  const { run = 'all runs' } = order
  const again = `ssc stop ${order.run ?? '--all'}`
  const halted = haltOf(order.run ?? 'all') !== undefined
  const gate = halted
    ? `What holds: nothing of ${run} passes the gate on this machine any more. The file ${file} says so.`
    : `NOTHING HOLDS: ${file} could not be written. Make room there, or end \`ssc serve\`.`
  const elsewhere = config.databaseUrl === undefined ? [] : [`  - Workers on other machines go on: say it there as well, with: ${again}`]
  const lines = [
    `ssc: ${problem}`,
    gate,
    OPEN_POINTS,
    ...(await agentLines(config, order)),
    '  - The jobs are cancelled, and the log knows of the stop, once the store is back and `ssc serve` runs.',
    ...elsewhere,
    `Say it again when the store is back: ${again}`,
  ]
  return `${lines.join('\n')}\n`
}

async function agentLines(config: Config, { run }: StopOrder): Promise<string[]> {
  const { listenerUrlsOf } = await import('../urls.ts')
  const { runs, fileOf, read } = openStopLines(config.home)
  const names = run === undefined ? runs() : [run]
  // What else lies in the folder is no run's.
  const files = names.filter((name) => JobName.safeParse(name).success && read(name) !== undefined)
  if (files.length === 0) return ['  - No agents are known here: nothing was launched from this machine.']
  return [
    '  - The agents are told by a listener on this machine, which needs no store for it. Where none runs, put these files on a web server:',
    ...files.flatMap((name) => listenerUrlsOf(config).map((url) => `      ${fileOf(name)} at ${below(url, stopPath(name))}`)),
  ]
}
