import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { archiveLimits } from '../../domain/archive.ts'
import { InputError, messageOf, RefusedError } from '../../domain/errors.ts'
import { canonicalJson } from '../../domain/json.ts'
import { checkPlace, freshName } from '../whole-file.ts'

export type LineWriter = (line: unknown) => Promise<void>

/**
 * Writes lines of canonical JSON into a gzip file that only its owner may read. It is whole or not there: written beside its place
 * and renamed, and taken away when `body` throws.
 */
export async function writeLines<Result>(file: string, body: (write: LineWriter) => Promise<Result>): Promise<Result> {
  checkPlace(file)
  const fresh = freshName(file)
  const gzip = createGzip()
  const out = createWriteStream(fresh, { mode: 0o600, flags: 'wx', flush: true })
  const done = finished(gzip.pipe(out))
  const failed = new Promise<never>((_, reject) => done.catch(reject))
  // Whoever waits for it learns of it; nobody does when the body failed first.
  failed.catch(() => {})
  const write: LineWriter = async (line) => {
    const text = `${canonicalJson(line)}\n`
    if (Buffer.byteLength(text) > archiveLimits.lineBytes)
      throw new RefusedError(`a fact is larger than the ${archiveLimits.lineBytes} bytes that an archive can hold`)
    if (!gzip.write(text)) await Promise.race([once(gzip, 'drain'), failed])
  }
  try {
    const result = await body(write)
    gzip.end()
    await done
    await rename(fresh, file)
    return result
  } catch (error) {
    gzip.destroy()
    out.destroy()
    // It may not be open yet, and would make the file after it was taken away.
    await done.catch(() => {})
    await rm(fresh, { force: true })
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    throw new InputError(`cannot write ${file}: ${messageOf(error)}`, [])
  }
}
