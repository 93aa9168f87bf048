import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from '../services/homes.ts'
import { freePorts, project } from '../services/process.ts'
import type { Figure } from './figures.ts'

const MOST_MS = 60_000

/** From `npm start` in a new folder to the link that makes the first account: what an officer waits for who tries it. */
export async function measureStart({ starts }: { starts: number }): Promise<Figure[]> {
  const seconds: number[] = []
  for (let n = 0; n < starts; n++) seconds.push((await startOnce()) / 1000)
  return [{ name: 'npm start: address and first link, a new folder', unit: 's', values: seconds, goal: { most: 10 }, digits: 1 }]
}

async function startOnce(): Promise<number> {
  const home = mkdtempSync(join(tmpdir(), 'ssc-bench-'))
  const database = await freshDatabase()
  const [operator] = await freePorts(1)
  writeFileSync(
    join(home, 'config.yaml'),
    `listener: { port: 0 }\noperator: { port: ${operator} }\ninbox: { port: 0 }\nsites: { port: 0 }\n`,
  )
  const env = { ...process.env, SSC_HOME: home, ...(database && { DATABASE_URL: database.url }) }
  const begun = performance.now()
  const npm = spawn('npm', ['start'], { cwd: project, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(npm, 'close')
  try {
    let text = ''
    for await (const some of npm.stdout.setEncoding('utf8')) {
      text += some
      if (text.includes(`http://localhost:${operator}/join/`)) return performance.now() - begun
      if (performance.now() - begun > MOST_MS) break
    }
    throw new Error(`npm start told no link: ${text}`)
  } finally {
    process.kill(-npm.pid!, 'SIGTERM')
    await ended
    await database?.drop()
    rmSync(home, { recursive: true, force: true })
  }
}
