import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const project = fileURLToPath(new URL('../..', import.meta.url))

/** As an address, so that it is found from whatever folder the process starts in. */
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

export type End = { code: number | null; signal: string | null }
export type Started = {
  child: ChildProcess
  out(): string
  err(): string
  ended: Promise<End>
  isOver(): boolean
  kill(signal: NodeJS.Signals): void
}

export type HowToStart = { env: NodeJS.ProcessEnv; cwd?: string }

/** Starts `ssc` in a process group of its own. */
export function startSsc(argv: readonly string[], { env, cwd = project }: HowToStart): Started {
  const args = ['--import', LOADER, join(project, 'core/cli/main.ts'), ...argv]
  const child = spawn(process.execPath, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (some) => (text.out += some))
  child.stderr.setEncoding('utf8').on('data', (some) => (text.err += some))
  let over = false
  const ended = new Promise<End>((resolve) =>
    child.once('close', (code, signal) => {
      over = true
      resolve({ code, signal })
    }),
  )
  const kill = (signal: NodeJS.Signals) => {
    if (!over && child.pid !== undefined) killGroup(child.pid, signal)
  }
  return { child, out: () => text.out, err: () => text.err, ended, isOver: () => over, kill }
}

/** Runs `ssc` to its end. */
export async function ssc(argv: readonly string[], how: HowToStart): Promise<{ code: number | null; out: string; err: string }> {
  const started = startSsc(argv, how)
  const { code } = await started.ended
  return { code, out: started.out(), err: started.err() }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** `everyMs`: a question that costs something must not be asked without a pause. */
export type Patience = { ms?: number; everyMs?: number }

/** Waits for a condition, and says what it waited for when it never came. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  { ms = 45_000, everyMs = 50 }: Patience = {},
): Promise<void> {
  const end = Date.now() + ms
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${ms / 1000} s in vain: ${typeof what === 'string' ? what : what()}`)
    await pause(everyMs)
  }
}

/** The whole lines of a file that grows; none while it is not there. */
export function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}

export type Seen = { pid: number; command: string }

/** The living processes that work in a folder or name it: an agent, what it left running, or the framework itself. */
export function processesIn(folder: string): Seen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => lookAt(pid, folder) ?? [])
}

function lookAt(pid: string, folder: string): Seen | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    if (stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')) return undefined
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
    const there = `${readlinkSync(`/proc/${pid}/cwd`)}\n${command}\n${environment}`.includes(folder)
    return there ? { pid: Number(pid), command } : undefined
  } catch {
    return undefined
  }
}

/** Ends by force whatever still works in a folder. */
export async function killAllIn(folder: string): Promise<void> {
  await waitUntil(() => {
    const left = processesIn(folder)
    for (const { pid } of left) killOne(pid)
    return left.length === 0
  }, `the end of all processes in ${folder}`)
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Ports that were free a moment ago, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

export type Script = { say(line: string): void; lines(): string[]; end(): Promise<void> }

/** A program of a test, which reads and writes lines. */
export function startScript(file: string): Script {
  const child = spawn(process.execPath, ['--import', LOADER, join(project, file)], { cwd: project, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (some) => {
    out += some
  })
  return {
    say: (line) => child.stdin.write(`${line}\n`),
    lines: () => out.split('\n').slice(0, -1),
    end: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
