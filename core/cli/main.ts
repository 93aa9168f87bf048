#!/usr/bin/env node
import { userInfo } from 'node:os'
import { readConfig, socketPath } from '../config.ts'
import type { Instance } from '../instance.ts'
import type { Cli } from './cli.ts'
import { runProgram } from './program.ts'
import { callVerb } from './socket.ts'

const out = (text: string) => void process.stdout.write(text)
const err = (text: string) => void process.stderr.write(text)

/** The one place where the process ends. */
process.exitCode = await main(process.argv.slice(2))
process.exit()

async function main(argv: string[]): Promise<number> {
  const cwd = process.cwd()
  const config = configOrStatus(cwd)
  if (typeof config === 'number') return config
  const user = userInfo().username
  const isTerminal = process.stdout.isTTY === true
  const columns = process.stdout.columns ?? 120
  const elsewhere =
    argv[0] === 'serve' ? undefined : await callVerb(socketPath(config), { argv, cwd, user, isTerminal, columns }, { out, err })
  if (elsewhere !== undefined) return elsewhere
  let opened: Promise<Instance> | undefined
  const instance = () => {
    opened ??= import('../instance.ts').then(({ openInstance }) => openInstance(config))
    return opened
  }
  const cli: Cli = { cwd, user, config, isTerminal, columns, out, err, signal: signalOfProcess(), runVerb: runProgram, instance }
  const status = await runProgram(argv, cli)
  await (await opened?.catch(() => undefined))?.close()
  return status
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
