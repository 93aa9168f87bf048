#!/usr/bin/env node
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Config, readConfig, socketPath } from '../config.ts'
import type { Instance } from '../instance.ts'
import { openStopFile } from '../io/stop-file.ts'
import type { Cli } from './cli.ts'
import { runProgram } from './program.ts'
import { callVerb } from './socket.ts'
import { OPEN_POINTS, type StopOrder, stopByFile, whatHolds } from './stop-word.ts'

/** How long `serve` may say nothing of a stop: a little longer than it gives the store. */
const SILENCE_MS = 10_000
/** How long the store may take to close after a stop. */
const CLOSE_MS = 2_000

const out = (text: string) => void process.stdout.write(text)
const err = (text: string) => void process.stderr.write(text)

// Who reads no further, such as `head`, ends nothing that is under way.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

/** The one place where the process ends. */
process.exitCode = await main(process.argv.slice(2))
await Promise.all([flushed(process.stdout), flushed(process.stderr)])
process.exit()

/** An exit would cut off what a pipe has not taken yet. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}

async function main(argv: string[]): Promise<number> {
  const cwd = process.cwd()
  const user = nameOfUser()
  if (process.env.SSC_URL) {
    const { askElsewhere } = await import('./remote.ts')
    return askElsewhere(argv, process.env, { cwd, out, err, signal: signalOfProcess() })
  }
  const home = resolve(cwd, process.env.SSC_HOME ?? '.ssc')
  // Before anything that could fail.
  const order = argv[0] === 'stop' ? stopByFile(argv.slice(1), { home, user }) : undefined
  const config = configOrStatus(cwd)
  if (typeof config === 'number') {
    if (order !== undefined && openStopFile(home).haltOf(order.run ?? 'all') !== undefined)
      err('The word in the file STOP stands all the same. Mend the settings, and say it again: the log and the jobs wait for it.\n')
    return config
  }
  const isTerminal = process.stdout.isTTY === true
  const columns = process.stdout.columns ?? 120
  const ask: Ask = (io) => callVerb(socketPath(config), { argv, cwd, user, isTerminal, columns }, io)
  const elsewhere = argv[0] === 'serve' ? undefined : order === undefined ? await ask({ out, err }) : await askToStop(config, order, ask)
  if (elsewhere !== undefined) return elsewhere
  let opened: Promise<Instance> | undefined
  const instance = () => {
    opened ??= import('../instance.ts').then(({ openInstance }) => openInstance(config))
    return opened
  }
  const cli: Cli = { cwd, user, config, isTerminal, columns, out, err, signal: signalOfProcess(), runVerb: runProgram, instance }
  const status = await runProgram(argv, cli)
  const closed = opened?.then((instance) => instance.close()).catch(() => {})
  // A stop ends also when the store hangs.
  await (order === undefined ? closed : Promise.race([closed, pause(CLOSE_MS)]))
  return status
}

type Ask = (io: { out(text: string): void; err(text: string): void }) => Promise<number | undefined>

/** Hands a stop to the serving process; when that hangs or dies, it is said what holds all the same. */
async function askToStop(config: Config, order: StopOrder, ask: Ask): Promise<number | undefined> {
  const heard = { out: '', err: '' }
  const hear = (name: 'out' | 'err', show: (text: string) => void) => (text: string) => {
    heard[name] += text
    show(text)
  }
  const isSilent = () => heard.out === '' && heard.err === ''
  const silence = pause(SILENCE_MS).then(() => (isSilent() ? 'silent' : new Promise<never>(() => {})))
  const answer = await Promise.race([ask({ out: hear('out', out), err: hear('err', err) }).catch(() => 1), silence])
  if (answer === 'silent') err(await whatHolds(config, order, `\`ssc serve\` did not answer within ${SILENCE_MS / 1_000} s`))
  else if (answer === 1 && heard.out === '' && !heard.err.includes(OPEN_POINTS))
    err(await whatHolds(config, order, '`ssc serve` could not do the rest'))
  return answer === 'silent' ? 1 : answer
}

/** An account can be without a name, see getpwuid(3). */
function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.()}`
  }
}

function configOrStatus(cwd: string): ReturnType<typeof readConfig> | number {
  try {
    return readConfig(process.env, cwd)
  } catch (error) {
    err(`ssc: ${(error as Error).message}\n`)
    return 2
  }
}

/** The first SIGINT or SIGTERM ends things in order; the second one at once. */
function signalOfProcess(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1)
      controller.abort(new Error('interrupted'))
    })
  }
  return controller.signal
}
