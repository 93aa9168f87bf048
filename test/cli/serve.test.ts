import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runProgram } from '../../core/cli/program.ts'
import { readConfig } from '../../core/config.ts'
import { freePorts, waitUntil } from '../services/process.ts'
import { type Calls, openCalls } from './calls.ts'

let calls: Calls
beforeEach(async () => {
  calls = await openCalls()
})
afterEach(() => calls?.close())

/** Serves in this process until the test has seen what it waited for. Gives back all that was told. */
async function serveUntil(seen: RegExp, { isTerminal, operator }: { isTerminal: boolean; operator: number }) {
  writeFileSync(
    join(calls.home, 'config.yaml'),
    `listener: { port: 0 }\noperator: { port: ${operator} }\nsites: { port: 0 }\ninbox: { port: 0 }\n`,
  )
  const { config, ...instance } = await calls.instance()
  const settings = {
    ...config,
    ...readConfig({ SSC_HOME: calls.home }, calls.cwd),
    databaseUrl: config.databaseUrl,
    redisUrl: config.redisUrl,
  }
  const ending = new AbortController()
  let text = ''
  const tell = (some: string) => {
    text += some
  }
  const cli = { cwd: calls.cwd, user: 'tester', config: settings, isTerminal, columns: 120, out: tell, err: tell, runVerb: runProgram }
  const ended = runProgram(['serve'], { ...cli, signal: ending.signal, instance: async () => ({ ...instance, config: settings }) })
  let isOver = false
  void ended.then(() => (isOver = true))
  await waitUntil(() => isOver || seen.test(text), `${seen}`)
  ending.abort()
  return { status: await ended, text }
}

describe('ssc serve', () => {
  it('given a log, when it starts for the first time, then each line has its time, and one the link, whose page is there', async () => {
    const [operator = 0] = await freePorts(1)
    const { status, text } = await serveUntil(/ ready /, { isTerminal: false, operator })
    expect(status).toBe(0)
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S/)
    expect(text).toMatch(new RegExp(`"link":"http://localhost:${operator}/join/[\\w-]{43}"`))
    expect(text).toMatch(new RegExp(`"operator":"http://localhost:${operator}"`))
  })

  it('given a person at a terminal, when it starts, then they are told where to go, in words; once somebody has an account, no link', async () => {
    const [operator = 0] = await freePorts(1)
    const first = await serveUntil(/Ctrl-C/, { isTerminal: true, operator })
    expect(first.text).toMatch(new RegExp(`Nobody has an account yet\\..*\\n\\n {2}http://localhost:${operator}/join/[\\w-]{43}\\n`))
    expect(first.text).not.toMatch(/\{"/)
    const { accounts } = await calls.instance()
    const [waiting] = await accounts.list()
    await accounts.put({ ...waiting!, joinedMs: 1 })
    const later = await serveUntil(/Ctrl-C/, { isTerminal: true, operator })
    expect(later.text).toMatch(new RegExp(`^\\nThe officers' pages are at http://localhost:${operator}\\n`))
    expect(later.text).not.toContain('/join/')
  })

  it('given a port that is taken, when it starts, then it says which, why, and what to do', async () => {
    const [operator = 0] = await freePorts(1)
    const other = createServer().listen(operator, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    try {
      const { status, text } = await serveUntil(/never/, { isTerminal: false, operator })
      expect([status, text]).toEqual([
        1,
        `ssc: cannot listen at 127.0.0.1:${operator} (another program listens there, perhaps another \`ssc serve\`): set operator in config.yaml to another host or port\n`,
      ])
    } finally {
      other.close()
    }
  })
})
