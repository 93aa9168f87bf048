import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { archiveLimits } from '../../domain/archive.ts'
import { InputError, messageOf } from '../../domain/errors.ts'

/**
 * The lines of a gzip file of UTF-8 text, one by one: never more of it in memory than a line, whatever the file claims to hold.
 * Throws InputError for a file that is no such one, is cut off, or is larger than an archive can be.
 */
export async function* readLines(
  file: string,
  limits: Readonly<Record<'fileBytes' | 'textBytes' | 'lineBytes', number>> = archiveLimits,
): AsyncGenerator<string> {
  const broken = (why: string) => new InputError(`cannot read ${file}: ${why}`, [])
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw broken(error.code === 'ENOENT' ? 'there is no such file' : messageOf(error))
  })
  if (!found.isFile()) throw broken('it is not a file')
  if (found.size > limits.fileBytes) throw broken(`it has ${found.size} bytes; at most ${limits.fileBytes} are read`)
  const text = pipeline(createReadStream(file), createGunzip(), () => {})
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const parts: Buffer[] = []
  let bytes = 0
  let length = 0
  const add = (piece: Buffer) => {
    parts.push(piece)
    length += piece.length
    if (length > limits.lineBytes) throw broken(`a line has more than ${limits.lineBytes} bytes`)
  }
  const take = () => {
    const line = decoder.decode(Buffer.concat(parts.splice(0)))
    length = 0
    return line
  }
  try {
    for await (const chunk of text as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > limits.textBytes) throw broken(`it unpacks to more than ${limits.textBytes} bytes`)
      let from = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        add(chunk.subarray(from, end))
        from = end + 1
        yield take()
      }
      add(chunk.subarray(from))
    }
    if (length > 0) throw broken('it is cut off')
  } catch (error) {
    throw error instanceof InputError ? error : broken(`it is no archive, or is damaged (${messageOf(error)})`)
  } finally {
    text.destroy()
  }
}
