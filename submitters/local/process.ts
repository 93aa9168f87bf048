import { execFile, spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isMissing, readSome } from './files.ts'

/** Only these come from our own environment: a job inherits nothing else. */
const INHERITED = ['PATH', 'LANG', 'https_proxy'] as const

/** Starts the launcher in its own session, so that it outlives us. Resolves when the system has made the process. */
export async function spawnLauncher(folder: string, label: string): Promise<void> {
  const log = await open(join(folder, 'launcher.log'), 'a', 0o600)
  try {
    await new Promise<void>((resolve, reject) => {
      const script = fileURLToPath(new URL('./launch.sh', import.meta.url))
      const stdio = ['ignore', log.fd, log.fd] as const
      const child = spawn('/bin/sh', [script, label], { cwd: folder, detached: true, stdio: [...stdio], env: environment(folder) })
      child.once('error', reject)
      child.once('spawn', () => {
        child.unref()
        resolve()
      })
    })
  } finally {
    await log.close()
  }
}

function environment(folder: string): NodeJS.ProcessEnv {
  const inherited = INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  return { ...Object.fromEntries(inherited), HOME: folder }
}

/** The pid in a file of evidence (`<pid> <start time>`), if that very process still lives. */
export async function livingPid(folder: string, file: 'started' | 'agent'): Promise<number | undefined> {
  const text = await readSome(join(folder, file), 200)
  const [, pid, start] = /^(\d+) (\S+)\n$/.exec(text ?? '') ?? []
  if (pid === undefined || start === undefined) return undefined
  return (await startOf(pid)) === start ? Number(pid) : undefined
}

/** Must say what `evidence` in launch.sh says. A zombie is dead: it only waits for its parent. */
async function startOf(pid: string): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch (error) {
    // ESRCH: it ended between open and read.
    if (!isMissing(error) && (error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
  return process.platform === 'linux' ? undefined : startByPs(pid)
}

async function startByPs(pid: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', pid], {
      timeout: 5_000,
      env: { ...process.env, LC_ALL: 'C' },
    })
    return stdout.trim() === '' ? undefined : stdout.replaceAll(/[ \n]+/g, '_').replace(/_$/, '')
  } catch {
    return undefined
  }
}

/** False when the process was gone already. */
export function signalProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
