import { createHash } from 'node:crypto'
import type { Email, Attachment as Part } from 'postal-mime'
import { plainLine } from '../../domain/text.ts'
import type { Attachment } from '../../ports.ts'
import { clean } from './clean-text.ts'
import { limits } from './parse-limits.ts'

/**
 * What hung on a mail, at most 50: hashed as it is once its transfer encoding is undone, and never opened. Lines of a part
 * without base64 count as ended by LF.
 */
export function attachmentsOf(email: Email): Attachment[] {
  return email.attachments.slice(0, limits.attachments).map((part) => {
    const content = contentOf(part)
    const sha256 = createHash('sha256').update(content).digest('hex')
    return { name: nameOf(part), contentType: typeOf(part), bytes: content.length, sha256 }
  })
}

function contentOf({ content }: Part): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content)
}

/** The last part of a path, as one harmless line; never empty, nor a folder. */
function nameOf({ filename }: Part): string {
  const last = (filename ?? '').slice(-2_000).split(/[/\\]/).at(-1) ?? ''
  const name = clean(plainLine(last, 150), 150).replace(/^\.+$/, '')
  return name === '' ? 'unnamed' : name
}

function typeOf({ mimeType }: Part): string {
  return /^[a-z0-9][\w.+-]{0,60}\/[a-z0-9][\w.+-]{0,80}$/i.test(mimeType) ? mimeType.toLowerCase() : 'application/octet-stream'
}
