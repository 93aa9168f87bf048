import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AgentSettings, renderAgent } from '../../core/agent/render.ts'
import { actions } from '../../core/domain/task.ts'
import { JOB, publicKey, RUN } from './signing.ts'

export type RunningAgent = {
  folder: string
  token: string
  process: ChildProcessWithoutNullStreams
  pid: number
  output(): string
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>
}

const NEEDED = ['cat', 'cut', 'date', 'id', 'ln', 'mkdir', 'nice', 'rm', 'sha256sum', 'sleep', 'tr', 'uname', 'wc']
const folders: string[] = []
const agents: Omit<RunningAgent, 'token'>[] = []

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ssc-agent-'))
  folders.push(folder)
  return folder
}

/** Ends what tests started, their whole process groups, and removes their folders. */
export async function cleanUp(): Promise<void> {
  for (const agent of agents.splice(0)) {
    try {
      process.kill(-agent.pid, 'SIGKILL')
    } catch {
      // The group is gone already.
    }
    await agent.ended
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** Where a tool really lies: a version manager's shim would not work alone. */
export function findTool(name: string): string | undefined {
  if (name === 'node') return process.execPath
  const script = name === 'python3' ? 'python3 -c "import sys; print(sys.executable)"' : 'command -v "$0"'
  const found = spawnSync('/bin/sh', ['-c', script, name], { encoding: 'utf8' }).stdout.trim()
  return found.startsWith('/') && existsSync(found) ? realpathSync(found) : undefined
}

/** A folder for PATH that holds the standard tools and only these besides. */
export function pathWith(...names: string[]): string {
  const bin = join(makeFolder(), 'bin')
  mkdirSync(bin)
  for (const name of new Set([...NEEDED, ...names])) symlinkSync(findTool(name) ?? `/missing/${name}`, join(bin, name))
  return bin
}

export function settings(change: Partial<AgentSettings> = {}): AgentSettings {
  return {
    run: RUN,
    job: JOB,
    token: randomBytes(32).toString('hex'),
    publicKey,
    listenerUrls: ['http://127.0.0.1:9'],
    contactUrls: [],
    actions: [...actions],
    traces: [],
    cpuSeconds: 60,
    expiresAt: Date.now() + 60_000,
    lifeSeconds: 60,
    heartbeatSeconds: 1,
    silenceSeconds: 30,
    contact: 'officer@csirt.example',
    notice: 'This is a security exercise.',
    childCount: 1,
    ...change,
  }
}

export type Surroundings = {
  path?: string
  env?: NodeJS.ProcessEnv
  /** The shell, or a program with arguments that runs one. */
  shell?: readonly string[]
  /** Done in the job's folder before the start. */
  lay?(folder: string): void
}

export function startAgent(change: Partial<AgentSettings>, around: Surroundings = {}): RunningAgent {
  const all = settings(change)
  return { ...startScript(renderAgent(all), around), token: all.token }
}

/** Runs a program of the shell in a job's folder of its own. */
export function startScript(script: string, around: Surroundings): Omit<RunningAgent, 'token'> {
  const { path = process.env.PATH ?? '', env = {}, shell = ['/bin/sh'], lay } = around
  const folder = makeFolder()
  writeFileSync(join(folder, 'agent.sh'), script, { mode: 0o600 })
  lay?.(folder)
  const [program = '', ...args] = shell
  const child = spawn(program, [...args, 'agent.sh'], { cwd: folder, detached: true, env: { ...env, PATH: path }, stdio: 'pipe' })
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  child.stderr.on('data', (data) => (output += data))
  const ended = new Promise<number | string>((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')))
  const running = { folder, process: child, pid: child.pid ?? 0, output: () => output, ended }
  agents.push(running)
  return running
}

export type SeenProcess = { pid: number; command: string; environment: string }

/** The living processes of a group, from /proc. */
export function processesOf(group: number): SeenProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => seeProcess(pid, group) ?? [])
}

function seeProcess(pid: string, group: number): SeenProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (Number(pgrp) !== group || state === 'Z') return undefined
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
    return { pid: Number(pid), command, environment: readFileSync(`/proc/${pid}/environ`, 'latin1') }
  } catch {
    return undefined
  }
}
