import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Payload = { id: number; jdl: Record<string, string>; inputSandbox: Buffer | undefined }
export type Ended = { code: number | null; outputSandbox: Buffer }
export type Executor = { start(payload: Payload): Promise<Ended>; kill(id: number): void; killAll(): Promise<void> }

/** Runs payloads as DIRAC's JobWrapper does: a folder, a command line for a shell, one file for the output. */
export function createExecutor(root: string): Executor {
  const running = new Map<number, { child: ChildProcess; ended: Promise<unknown> }>()
  return {
    start: async ({ id, jdl, inputSandbox }) => {
      const folder = join(root, String(id))
      mkdirSync(folder, { recursive: true })
      if (inputSandbox) unpack(folder, inputSandbox)
      const child = launch(folder, jdl)
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
      running.set(id, { child, ended })
      const code = await ended
      running.delete(id)
      return { code, outputSandbox: pack(folder, jdl.OutputSandbox ?? '') }
    },
    kill: (id) => end(running.get(id)?.child),
    killAll: async () => {
      const all = [...running.values()]
      for (const { child } of all) end(child)
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

function launch(folder: string, jdl: Record<string, string>): ChildProcess {
  const env: Record<string, string> = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: folder }
  for (const variable of (jdl.ExecutionEnvironment ?? '').split(',').filter((one) => one !== '')) {
    const [name = '', value = ''] = variable.split('=')
    env[name.trim()] = decodeURIComponent(value)
  }
  const file = openSync(join(folder, jdl.StdOutput ?? 'std.out'), 'a')
  try {
    return spawn(`${jdl.Executable} ${jdl.Arguments ?? ''}`, {
      shell: '/bin/sh',
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', file, file],
    })
  } finally {
    closeSync(file)
  }
}

function unpack(folder: string, archive: Buffer): void {
  writeFileSync(join(folder, 'input'), archive)
  must(spawnSync('tar', ['-xf', 'input'], { cwd: folder, encoding: 'utf8' }))
}

function pack(folder: string, name: string): Buffer {
  must(spawnSync('tar', ['--zstd', '-cf', 'output', '--', name], { cwd: folder, encoding: 'utf8' }))
  return readFileSync(join(folder, 'output'))
}

function must({ status, stderr }: { status: number | null; stderr: string }): void {
  if (status !== 0) throw new Error(`tar: ${stderr}`)
}

function end(child: ChildProcess | undefined): void {
  try {
    if (child?.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
