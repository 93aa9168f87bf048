import { stat } from 'node:fs/promises'
import { InputError, messageOf } from '../../domain/errors.ts'
import { readSmallFile } from '../secret-file.ts'

const MOST_BYTES = 256 * 1024

/** Reads a file of one's own with a secret in it. Throws InputError when it is missing, or when anybody else may read or change it. */
export async function readSecret(file: string): Promise<string> {
  const text = await readKeyFile(file)
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0) throw new InputError(`${file} may be read or changed by others than its owner: chmod 600 it`, [])
  return text
}

/** Throws InputError. */
export async function readKeyFile(file: string): Promise<string> {
  try {
    return (await readSmallFile(file, MOST_BYTES)).text
  } catch (error) {
    throw new InputError(`${file} ${messageOf(error)}`, [])
  }
}

/** The first line of a passphrase's file; undefined without one. */
export async function readPassphrase(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  return Buffer.from(await readSecret(file), 'latin1')
    .toString('utf8')
    .split(/\r?\n/, 1)[0]
}
