import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freshDatabase } from '../services/homes.ts'
import type { Figure } from './figures.ts'

/** How long `serve` is left alone before its memory is read. */
const IDLE_MS = 5_000

/** From the start of `ssc serve` to its first answer, the first time and later; and its memory when it has nothing to do. */
export async function measureServe(repeats: { starts: number }): Promise<Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'ssc-bench-'))
  const database = await freshDatabase()
  const env = { ...process.env, SSC_HOME: home, ...(database && { DATABASE_URL: database.url }) }
  const port = await freePort()
  writeFileSync(join(home, 'config.yaml'), `listener: { port: 0 }\noperator: { port: ${port} }\ninbox: { port: 0 }\nsites: { port: 0 }\n`)
  const seconds: number[] = []
  const megabytes: number[] = []
  try {
    for (let n = 0; n <= repeats.starts; n++) {
      const { server, firstAnswer } = await start(env, port)
      seconds.push(firstAnswer / 1000)
      await pause(IDLE_MS)
      // The first start is not counted: it made the database.
      if (n > 0) megabytes.push(residentMegabytes(server.pid!))
      server.kill('SIGTERM')
      await once(server, 'exit')
    }
  } finally {
    await database?.drop()
    rmSync(home, { recursive: true, force: true })
  }
  const most = database === undefined ? 450 : 200
  return [
    { name: 'serve: first answer, the very first time', unit: 's', values: seconds.slice(0, 1), goal: { most: 10 }, digits: 1 },
    { name: 'serve: first answer, later', unit: 's', values: seconds.slice(1), goal: { most: 5 }, digits: 1 },
    {
      name: 'serve: memory when idle',
      unit: 'MB',
      values: megabytes,
      goal: { most },
      digits: 0,
      remark: 'resident, as `npm start` runs it',
    },
  ]
}

async function start(env: NodeJS.ProcessEnv, port: number): Promise<{ server: ChildProcess; firstAnswer: number }> {
  const begun = performance.now()
  const server = spawn(process.execPath, ['--max-semi-space-size=4', '--import', 'tsx', 'core/cli/main.ts', 'serve'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/health`).then(
      (answer) => answer.ok,
      () => false,
    )
    const firstAnswer = performance.now() - begun
    if (answered) return { server, firstAnswer }
    if (server.exitCode !== null || firstAnswer > 60_000) throw new Error('serve did not answer')
    await pause(20)
  }
}

/** VmRSS, see proc_pid_status(5). */
function residentMegabytes(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
