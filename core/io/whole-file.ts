import { randomBytes } from 'node:crypto'
import { linkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { InputError, messageOf } from '../domain/errors.ts'

/**
 * Writes a file that only its owner may read, in the place of an earlier one; it is whole or not there. Throws InputError when that
 * is not possible, and then nothing of it is left.
 */
export function writeWhole(file: string, body: string | Uint8Array): void {
  checkPlace(file)
  const fresh = freshName(file)
  try {
    writeFileSync(fresh, body, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(fresh, file)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw new InputError(`cannot write ${file}: ${messageOf(error)}`, [])
  }
}

/**
 * Makes a file that only its owner may read: nobody ever sees a part of it. False when it is there already, and then it stays as it
 * is: of two processes that make it at the same moment one has made it. Throws what the file system says.
 */
export function makeWhole(file: string, body: string): boolean {
  const fresh = freshName(file)
  try {
    writeFileSync(fresh, body, { mode: 0o600, flag: 'wx', flush: true })
    // A hard link appears whole, and fails when the file is there.
    linkSync(fresh, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(fresh, { force: true })
  }
}

/** A name beside it that no other process takes, and that nobody could have laid a link at. */
export function freshName(file: string): string {
  return `${file}.${randomBytes(8).toString('hex')}.new`
}

/** What is renamed into the place of a device or a pipe would take it from everybody. */
export function checkPlace(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined || found.isFile()) return
  throw new InputError(`cannot write ${file}: ${found.isDirectory() ? 'it is a folder' : 'it is no file, but a device or a pipe'}`, [])
}
