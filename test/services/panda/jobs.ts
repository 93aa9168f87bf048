import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

/** What the pilot makes of a task's parameters: `runGen ... -p "<percent-encoded>"` runs that text with a shell. */
export function execIn(jobParameters: unknown): string | undefined {
  const parts = [jobParameters].flat() as ({ value?: unknown; padding?: unknown } | null)[]
  const words = parts.map((one) => `${one?.value ?? ''}${one?.padding === false ? '' : ' '}`).join('')
  const encoded = /(?:^| )-p "([^"]*)"/.exec(words)?.[1]
  return encoded === undefined ? undefined : decodeURIComponent(encoded)
}

export type Payload = { ended: Promise<number>; kill(): Promise<void> }

const GRACE_MS = 300

/** The payload as a process of its own session, in a folder of its own, with at most 10 MiB in a file. */
export function startPayload(exec: string, folder: string): Payload {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const out = openSync(join(folder, 'payload.stdout'), 'w', 0o600)
  const limited = ['-c', 'ulimit -f 20480; exec /bin/sh -c "$1"', 'runGen', exec]
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: folder, LANG: 'C.UTF-8' }
  const child = spawn('/bin/sh', limited, { cwd: folder, env, detached: true, stdio: ['ignore', out, out] })
  closeSync(out)
  let isOver = false
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127))
    child.once('exit', (code, signal) => resolve(code ?? constants.signals[signal!]))
  }).then((code) => {
    isOver = true
    signal(child, 'SIGKILL')
    return code
  })
  const kill = async () => {
    if (isOver) return
    signal(child, 'SIGTERM')
    const timer = setTimeout(() => signal(child, 'SIGKILL'), GRACE_MS)
    await ended
    clearTimeout(timer)
  }
  return { ended, kill }
}

/** To all that the payload has left, too. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
