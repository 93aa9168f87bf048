import { stat } from 'node:fs/promises'
import { messageOf, TransientError } from '../../domain/errors.ts'
import { readTrust } from '../http/trust.ts'
import { readSmallFile } from '../secret-file.ts'

const MOST_BYTES = 1024 * 1024

/** The CAs of a folder and the system's, or those of a file alone; undefined = Node.js's own. Throws TransientError when there are none. */
export async function authoritiesOf(path: string | undefined): Promise<string[] | undefined> {
  if (path === undefined) return undefined
  const found = await stat(path).catch((error) => {
    throw new TransientError(`the CAs for the mail server cannot be read: ${messageOf(error)}`)
  })
  if (found.isDirectory()) return [...(await readTrust(path)).certificates]
  const { text } = await readSmallFile(path, MOST_BYTES).catch((error) => {
    throw new TransientError(`${path} ${messageOf(error)}`)
  })
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new TransientError(`${path} holds no certificate as PEM`)
  return [text]
}
