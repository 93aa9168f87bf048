import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { type Stopped, stopAllRuns, stopRun } from '../app/stop-run.ts'
import { InputError, messageOf, TransientError } from '../domain/errors.ts'
import { utcWords } from '../domain/zone.ts'
import { openStopFile } from '../io/stop-file.ts'
import type { Store } from '../ports.ts'
import { type Cli, Exit, printJson, visible } from './cli.ts'
import { watchStop } from './stop-watch.ts'
import { type StopOptions, type StopOrder, stopArguments, stopOrder, takeBackWord, whatHolds, writeStopWord } from './stop-word.ts'

/** How long the store may take. */
const STORE_MS = 9_000
/** How long what has left already is waited for. */
const PATIENCE_MS = 5_000
const POLL_MS = 20

export function addStop(command: Command, cli: Cli): void {
  stopArguments(command, cli.user)
    .description(
      'Full stop, for good. From this moment on nothing is submitted, probed or mailed but the notice of the stop; every agent is told to stop and every job is cancelled.\nThe first thing that is done is a word in the file STOP of SSC_HOME, which holds without the store. Said again it tells how things stand.',
    )
    .action(async (run: string | undefined, options: StopOptions) => {
      const order = stopOrder(run, options)
      const problem = writeStopWord(cli.config, order)
      if (problem !== undefined) cli.err(`ssc: ${visible(problem)}: the store is asked all the same.\n`)
      const stopped = await stopInStore(cli, order)
      await tell(cli, { order, stopped }, options)
      if (options.watch) await watchStop(cli, { runs: stopped.map((one) => one.run), ...options })
      if (problem !== undefined) throw new Exit(1)
    })
}

async function stopInStore(cli: Cli, order: StopOrder): Promise<Stopped[]> {
  try {
    return await Promise.race([askStore(cli, order), tooLate(cli.signal)])
  } catch (error) {
    if (error instanceof InputError) throw error
    cli.err(await whatHolds(cli.config, order, visible(messageOf(error))))
    throw new Exit(1)
  }
}

async function askStore(cli: Cli, order: StopOrder): Promise<Stopped[]> {
  const instance = await openedInstance(cli)
  const { run, ...word } = order
  if (run === undefined) return stopAllRuns(instance, word)
  try {
    return [await stopRun(instance, { run, ...word })]
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${error.message}\n${takeBackWord(cli.config, run)}`, [])
    throw error
  }
}

/** Whatever keeps the store shut, it does not say that there is no such run. */
async function openedInstance(cli: Cli) {
  try {
    return await cli.instance()
  } catch (error) {
    throw new TransientError(messageOf(error))
  }
}

async function tooLate(signal: AbortSignal): Promise<never> {
  await pause(STORE_MS, undefined, { signal, ref: false })
  throw new TransientError(`the store did not answer within ${STORE_MS / 1_000} s`)
}

async function tell(cli: Cli, { order, stopped }: { order: StopOrder; stopped: Stopped[] }, { json, watch }: StopOptions): Promise<void> {
  const { store } = await cli.instance()
  const runs = stopped.map((one) => one.run)
  if (!json) {
    cli.out(stopText(cli, { order, stopped }, watch))
    for (const id of await stillUnderWay(store, runs)) cli.out(`  could not be held back any more: ${visible(id)}\n`)
    return
  }
  const underWay = await stillUnderWay(store, runs)
  const found = stopped.map(({ run, agents, stopped: { at, by, reason } }) => ({ run, by, reason, at, agents }))
  const data = order.run === undefined ? { all: true, runs: found, underWay } : { ...found[0], underWay }
  if (watch) cli.out(`${JSON.stringify(data)}\n`)
  else printJson(cli, data)
}

function stopText(cli: Cli, { order, stopped }: { order: StopOrder; stopped: Stopped[] }, watch?: true): string {
  const lines = stopped.flatMap(({ run, agents, stopped: { at, by, reason } }) => [
    `Stopped: ${run}, since ${utcWords(at)}, by ${visible(by)}: ${visible(reason)}.`,
    `  ${agents} ${agents === 1 ? 'agent has' : 'agents have'} not said farewell yet.`,
  ])
  const { file } = openStopFile(cli.config.home)
  const all =
    order.run === undefined
      ? [
          `${stopped.length === 0 ? 'No run was under way. ' : ''}Nothing can be launched any more, until somebody removes the file: rm ${file}`,
          'What was stopped stays stopped then; plan it anew.',
        ]
      : []
  const next = stopped.length === 0 || watch ? [] : [`See how the agents end with: ssc stop ${order.run ?? '--all'} --watch`]
  return [
    ...lines,
    'Nothing more is submitted, probed or mailed but the notice of the stop. Agents are told at their next heartbeat, and jobs are cancelled while `ssc serve` runs.',
    ...all,
    ...next,
    '',
  ].join('\n')
}

/** What had passed the gate before the stop: it is over soon, or its other side hangs. */
async function stillUnderWay(store: Store, runs: readonly string[]): Promise<string[]> {
  for (let waited = 0; ; waited += POLL_MS) {
    const effects = (await Promise.all(runs.map((run) => store.effects(run, ['doing'])))).flat()
    const doing = effects.filter((one) => one.kind !== 'cancel-job').map((one) => one.id)
    if (doing.length === 0 || waited >= PATIENCE_MS) return doing
    await pause(POLL_MS)
  }
}
