import type { SFTPWrapper } from 'ssh2'
import { messageOf, PermanentError, TransientError } from '../../domain/errors.ts'
import { commandOf, inTurn, show, startDeadline, unlessAborted } from './call.ts'
import { openSftp } from './channel.ts'
import { checkFileNames } from './files-here.ts'
import { type Place, perform } from './perform.ts'

type Files = Readonly<Record<string, string>>

const WRITE_MS = 60_000
const REMOVE_MS = 10_000
/** `mktemp -d` makes it with mode 0700. */
const MAKE = ['sh', '-c', 'umask 077; mktemp -d "$' + '{TMPDIR:-/tmp}/ssc.XXXXXXXXXX"']

/** Files of mode 0600 in a new folder of mode 0700 on the host, gone after the body, whatever became of it. */
export async function withFilesRemote<T>(place: Place, files: Files, body: (folder: string) => Promise<T>): Promise<T> {
  checkFileNames(files)
  const folder = await make(place)
  try {
    await write(place, folder, files).catch((error) => {
      throw unbegun(error, `files could not be brought to ${place.name}`)
    })
    return await body(folder)
  } finally {
    // What became of the body matters more than a folder that could not be removed.
    await remove(place, folder).catch(() => undefined)
  }
}

/** The body was not begun, so nothing was done that counts; a host that says no for good stays one. */
function unbegun(error: unknown, what: string): Error {
  return error instanceof PermanentError ? error : new TransientError(`${what}: ${show(messageOf(error))}`)
}

async function make(place: Place): Promise<string> {
  const command = commandOf(place.settings, MAKE, { timeoutMs: WRITE_MS, maxBytes: 4096 })
  // Only the account's own environment says where its temporary files go.
  const { code, out, err } = await inTurn(place.settings, () => perform(place, command, false)).catch((error) => {
    throw unbegun(error, `no folder could be made on ${place.name}`)
  })
  const folder = out.trim()
  const isPlain = /^(\/[A-Za-z0-9_+@~][A-Za-z0-9._+@~-]*)+\/ssc\.[A-Za-z0-9]{10}$/.test(folder)
  if (code !== 0 || !isPlain) throw new TransientError(`no folder could be made on ${place.name}: ${show(err || out)}`)
  return folder
}

async function write(place: Place, folder: string, files: Files): Promise<void> {
  if (Object.keys(files).length === 0) return
  const deadline = startDeadline(place.settings.signal, WRITE_MS)
  try {
    await inTurn(place.settings, () => send(place, deadline.signal, (sftp) => writeAll(sftp, folder, files)))
  } finally {
    deadline.end()
  }
}

async function send(place: Place, signal: AbortSignal, body: (sftp: SFTPWrapper) => Promise<void>): Promise<void> {
  const { channel, lease } = await openSftp(place.lane(), signal)
  try {
    const closed = new Promise<never>((_, reject) => {
      channel.once('close', () => reject(new Error('the connection was lost')))
    })
    await unlessAborted(signal, Promise.race([body(channel), closed]), () => new Error(String(signal.reason)))
  } finally {
    channel.end()
    lease.release()
  }
}

async function writeAll(sftp: SFTPWrapper, folder: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files))
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null) => (error ? reject(error) : resolve())
      sftp.writeFile(`${folder}/${name}`, content, { mode: 0o600, flag: 'wx', encoding: 'utf8' }, done)
    })
}

/** With a deadline of its own: it comes after whatever ended the body. */
async function remove(place: Place, folder: string): Promise<void> {
  const settings = { ...place.settings, signal: new AbortController().signal }
  const command = commandOf(settings, ['rm', '-rf', '--', folder], { timeoutMs: REMOVE_MS, maxBytes: 4096 })
  await perform({ ...place, settings }, command)
}
