import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Cli } from '../../core/cli/cli.ts'
import { runProgram } from '../../core/cli/program.ts'
import { readConfig } from '../../core/config.ts'
import { type Instance, openInstance } from '../../core/instance.ts'
import { freshDatabase, freshHome } from '../services/homes.ts'

export type Called = { status: number; out: string; err: string }

/** The command line in this process, with a home of its own and one open instance for all calls. */
export async function openCalls() {
  const { home, remove } = freshHome()
  const database = await freshDatabase()
  const cwd = join(home, 'cwd')
  mkdirSync(cwd)
  const env = { SSC_HOME: home, DATABASE_URL: database?.url, REDIS_URL: process.env.REDIS_URL }
  const config = readConfig(env, cwd)
  let opened: Promise<Instance> | undefined
  const instance = () => {
    opened ??= openInstance(config)
    return opened
  }
  return {
    home,
    cwd,
    instance,
    call: async (...argv: string[]): Promise<Called> => {
      const called = { status: 0, out: '', err: '' }
      const cli: Cli = {
        cwd,
        user: 'tester',
        config,
        isTerminal: false,
        columns: 120,
        out: (text) => {
          called.out += text
        },
        err: (text) => {
          called.err += text
        },
        signal: new AbortController().signal,
        runVerb: runProgram,
        instance,
      }
      called.status = await runProgram(argv, cli)
      return called
    },
    close: async () => {
      await (await opened)?.close()
      await database?.drop()
      remove()
    },
  }
}

export type Calls = Awaited<ReturnType<typeof openCalls>>
