import { randomBytes } from 'node:crypto'
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
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
