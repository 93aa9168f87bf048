import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** `isOpenToAll`: everybody on this machine may read or change it. `version` changes with the file. */
export type SmallFile = { text: string; version: string; isOpenToAll: boolean }

/** Reads a small file, never waiting for a pipe and never more than `mostBytes`. Throws an Error in words that follow the file's name. */
export async function readSmallFile(file: string, mostBytes: number): Promise<SmallFile> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error) => {
    throw new Error(reasonOf(error))
  })
  try {
    const found = await handle.stat()
    if (!found.isFile()) throw new Error('is not a file')
    if (found.size > mostBytes) throw new Error(`has ${found.size} bytes; at most ${mostBytes} are read`)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(found.size), 0, found.size, 0)
    return {
      text: buffer.toString('latin1', 0, bytesRead),
      version: `${found.ino}-${found.mtimeMs}-${found.size}`,
      isOpenToAll: (found.mode & 0o006) !== 0,
    }
  } finally {
    await handle.close()
  }
}

export const OPEN_TO_ALL = 'may be read or changed by everybody on this machine: renew it, and chmod 600 it'

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'is missing'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this account'
  return `cannot be read (${code})`
}
