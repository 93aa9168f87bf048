import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf, PermanentError, TransientError } from '../../domain/errors.ts'
import { show } from './call.ts'

/** Throws PermanentError for a name that could leave the folder or be taken for an option. */
export function checkFileNames(files: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(files))
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(name)) throw new PermanentError(`not the name of a file: ${show(name)}`)
}

/** Files of mode 0600 in a new folder of mode 0700, gone after the body. */
export async function withFilesHere<T>(files: Readonly<Record<string, string>>, body: (folder: string) => Promise<T>): Promise<T> {
  checkFileNames(files)
  const folder = await mkdtemp(join(tmpdir(), 'ssc-')).catch((error) => {
    throw new TransientError(`no folder could be made for files: ${messageOf(error)}`)
  })
  try {
    await writeAll(folder, files)
    return await body(folder)
  } finally {
    // What became of the body matters more than a folder that could not be removed.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, name), content, { mode: 0o600, flag: 'wx' }).catch((error) => {
      throw new TransientError(`a file could not be written: ${messageOf(error)}`)
    })
}
