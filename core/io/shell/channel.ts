import type { ClientChannel, SFTPWrapper } from 'ssh2'
import { messageOf, TransientError } from '../../domain/errors.ts'
import { show } from './call.ts'
import type { Lane, Lease } from './lanes.ts'

type Opened<T> = { channel: T; lease: Lease }
type Ask<T> = (lease: Lease, done: (error: Error | undefined, channel: T) => void) => void

/** A channel that becomes a command. Nothing has begun when this throws: TransientError. */
export function openExec(lane: Lane, text: string, signal: AbortSignal): Promise<Opened<ClientChannel>> {
  return open(lane, (lease, done) => lease.client.exec(text, done), signal)
}

export function openSftp(lane: Lane, signal: AbortSignal): Promise<Opened<SFTPWrapper>> {
  return open(lane, (lease, done) => lease.client.sftp(done), signal)
}

async function open<T extends { end(): void }>(lane: Lane, ask: Ask<T>, signal: AbortSignal): Promise<Opened<T>> {
  for (;;) {
    const lease = await lane.lease(signal)
    try {
      return { channel: await answerTo(lease, ask, signal), lease }
    } catch (error) {
      const isFull = /Channel open failure/.test(messageOf(error)) && lease.shrink()
      lease.release()
      // A host may allow fewer channels on a connection than we ask for: another one then.
      if (!isFull) throw error
    }
  }
}

function answerTo<T extends { end(): void }>(lease: Lease, ask: Ask<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      // It may be this channel or the whole connection that is silent: nobody else should try it.
      lease.retire()
      reject(new TransientError(`${signal.reason} before the host answered: nothing was started`))
    }
    if (signal.aborted) return giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    const fail = (error: unknown) => reject(new TransientError(`the host started nothing: ${show(messageOf(error))}`))
    try {
      ask(lease, (error, channel) => {
        signal.removeEventListener('abort', giveUp)
        if (error) return fail(error)
        // It came too late: closed again, and what would run there has never begun.
        if (signal.aborted) channel.end()
        resolve(channel)
      })
    } catch (error) {
      lease.retire()
      fail(error)
    }
  })
}
