import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientChannel } from 'ssh2'
import { PermanentError, TransientError, UnsureError } from '../../domain/errors.ts'
import type { Ran } from '../../domain/reach.ts'
import { abortOf, type Command, drain, type ShellSettings, show, startDeadline } from './call.ts'
import { openExec } from './channel.ts'
import type { Lane, Lease } from './lanes.ts'
import { bootText, programLine } from './remote-program.ts'
import { listen, type Talk } from './talk.ts'

/** A host as one user, and the bounds of a call. */
export type Place = { lane: () => Lane; name: string; settings: ShellSettings }
type Scene = { channel: ClientChannel; lease: Lease; talk: Talk; signal: AbortSignal; what: string }

/** From the end of our side to the channel's: the host's second of grace, and the way there and back. */
const ENDING_MS = 2_500
/** A host far away may send the last of the output after the exit code. */
const QUIET_MS = 400

/** Runs one command on the host; with `isClean` false in the account's own environment. */
export async function perform(place: Place, command: Command, isClean = true): Promise<Ran> {
  const deadline = startDeadline(place.settings.signal, command.timeoutMs)
  const { signal } = deadline
  const mark = `ssc-${randomUUID()}`
  try {
    const { channel, lease } = await openExec(place.lane(), bootText(mark), signal)
    const talk = listen(channel, mark, command.maxBytes)
    const scene = { channel, lease, talk, signal, what: `${show(command.argv[0] ?? '')} on ${place.name}` }
    try {
      await prepare(scene)
      channel.write(programLine({ mark, argv: command.argv, env: command.env, isClean }))
      return await follow(scene)
    } finally {
      channel.end()
      channel.close()
      lease.release()
    }
  } finally {
    deadline.end()
  }
}

/** Waits for the shell. Until the program is sent, nothing has begun. */
async function prepare({ talk, lease, signal, what }: Scene): Promise<void> {
  const word = await Promise.race([talk.ready, talk.closed, abortOf(signal)])
  if (word !== undefined) return
  if (!signal.aborted) throw new TransientError(`${what} was not started, the account has no shell: ${show(talk.noise.text())}`)
  // The connection may be dead without anybody having said so.
  lease.retire()
  throw new TransientError(`${what} was not started: it ${signal.reason}`)
}

async function follow(scene: Scene): Promise<Ran> {
  const { talk, signal, what } = scene
  const answer = await Promise.race([talk.answer, talk.closed, abortOf(signal)])
  if (answer?.startsWith('missing '))
    throw new PermanentError(
      `there is no command ${what} (looked for in PATH: ${show(answer.slice(8))}): install it, or name its folder in PATH`,
    )
  const end = answer === undefined ? undefined : await Promise.race([talk.exit, talk.closed, abortOf(signal)])
  if (!end) throw await unfinished(scene, answer !== undefined)
  const { out, err, closed } = talk
  await drain(closed, [out, err], QUIET_MS)
  return { ...end, out: out.text(), err: err.text(), isCut: out.isCut() || err.isCut() }
}

async function unfinished({ channel, talk, lease, signal, what }: Scene, hasBegun: boolean): Promise<Error> {
  if (signal.aborted) {
    // The end of our side is what the watcher on the host waits for.
    channel.end()
    const isClosed = await Promise.race([talk.closed.then(() => true), pause(ENDING_MS, false)])
    if (!isClosed) lease.retire()
    return new UnsureError(`${what} ${signal.reason} and was ended: what it did is not known`)
  }
  if (talk.hasEnded() && !hasBegun) return new TransientError(`${what} did not begin: ${show(talk.noise.text())}`)
  return new UnsureError(`the connection was lost while ${what} ran: what it did is not known`)
}
