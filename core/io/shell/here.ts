import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { PermanentError, TransientError, UnsureError } from '../../domain/errors.ts'
import type { Ran, Shell } from '../../domain/reach.ts'
import { abortOf, type Command, commandOf, createSink, drain, inTurn, type ShellSettings, show, startDeadline } from './call.ts'
import { withFilesHere } from './files-here.ts'

export type { ShellSettings } from './call.ts'

type End = Pick<Ran, 'code' | 'signal'>

/** From SIGTERM to SIGKILL, and from there to giving the process up. */
const GRACE_MS = 1_000
const POLL_MS = 20
const QUIET_MS = 100

/** Commands on this machine: no shell between, stdin closed, each the leader of its own process group. */
export function shellHere(settings: ShellSettings): Shell {
  return {
    run: async (argv, how) => {
      const command = commandOf(settings, argv, how)
      return inTurn(settings, () => runHere(command, settings.signal))
    },
    withFiles: withFilesHere,
  }
}

async function runHere(command: Command, signal: AbortSignal): Promise<Ran> {
  const child = start(command, await folderOf(command))
  const [out, err] = [createSink(command.maxBytes), createSink(command.maxBytes)]
  child.stdout?.on('data', out.add)
  child.stderr?.on('data', err.add)
  const closed = new Promise((resolve) => child.once('close', resolve))
  const ended = endOf(child, command)
  const deadline = startDeadline(signal, command.timeoutMs)
  try {
    const end = await Promise.race([ended, abortOf(deadline.signal)])
    if (!end) throw await killed(child, command, deadline.signal.reason)
    await drain(closed, [out, err], QUIET_MS)
    return { ...end, out: out.text(), err: err.text(), isCut: out.isCut() || err.isCut() }
  } finally {
    deadline.end()
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
}

function start({ argv, env }: Command, cwd: string): ChildProcess {
  const [name = '', ...args] = argv
  try {
    return spawn(name, args, { env: { ...env }, cwd, shell: false, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    throw startError(error, { argv, env })
  }
}

/** HOME, as on a remote host; where there is none, a folder that is always there. */
async function folderOf({ env }: Command): Promise<string> {
  const home = env.HOME ?? '/'
  const found = await stat(home).catch(() => undefined)
  return found?.isDirectory() ? home : '/'
}

async function endOf(child: ChildProcess, command: Command): Promise<End> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    return { code, signal }
  } catch (error) {
    throw startError(error, command)
  }
}

/** The system's word for why a process was not made: execve(2) and fork(2). */
function startError(error: unknown, { argv, env }: Pick<Command, 'argv' | 'env'>): Error {
  const name = show(argv[0] ?? '')
  const code = String((error as NodeJS.ErrnoException).code)
  const place = name.includes('/') ? 'as that file' : `in PATH: ${show(env.PATH ?? '(no PATH)')}`
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new PermanentError(`there is no command ${name} (looked for ${place}): install it, or name its folder in PATH`)
  if (code === 'EACCES' || code === 'ENOEXEC') return new PermanentError(`${name} cannot be executed (${code}, looked for ${place})`)
  if (code === 'E2BIG') return new PermanentError(`the arguments of ${name} are too long for this system: give them in a file`)
  return new TransientError(`${name} was not started: ${code}`)
}

/** Ends the whole group: politely, then by force. */
async function killed(child: ChildProcess, { argv }: Command, why: string): Promise<Error> {
  if (child.pid === undefined) return new TransientError(`${show(argv[0] ?? '')} was not started: it ${why}`)
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    signalGroup(child.pid, signal)
    for (let waited = 0; waited < GRACE_MS && signalGroup(child.pid, 0); waited += POLL_MS) await pause(POLL_MS)
  }
  return new UnsureError(`${show(argv[0] ?? '')} ${why} and was ended: what it did is not known`)
}

/** False when nobody is left in it. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}
