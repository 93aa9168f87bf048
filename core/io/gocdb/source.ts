import { isUtf8 } from 'node:buffer'
import { InputError } from '../../domain/errors.ts'

/** A file as it came: from a disk, or a page that a server sent. `name` is what messages call it. */
export type SourceFile = { name: string; text: string | Uint8Array }

/** The text of a file without its byte order mark; refuses what is too large or not UTF-8. */
export function sourceText(file: SourceFile, maxBytes: number): string {
  const bytes = typeof file.text === 'string' ? Buffer.byteLength(file.text) : file.text.length
  if (bytes > maxBytes) {
    throw new InputError(`${file.name} cannot be read:`, [
      `${file.name}: ${bytes} bytes, at most ${maxBytes} are read: is it the right file?`,
    ])
  }
  if (typeof file.text === 'string') return file.text.replace(/^\uFEFF/, '')
  const text = new TextDecoder().decode(file.text)
  if (isUtf8(file.text)) return text
  throw new InputError(`${file.name} cannot be read:`, [
    `${file.name}:${lineOf(text, text.indexOf('\uFFFD'))}: not valid UTF-8: save the file as UTF-8`,
  ])
}

function lineOf(text: string, index: number): number {
  return text.slice(0, Math.max(index, 0)).split('\n').length
}
