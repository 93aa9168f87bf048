import { createHash } from 'node:crypto'
import { encode, wrap } from 'nodemailer/lib/qp'

/*
 * A part is header lines, an empty line and a body, all in ASCII with CRLF at the end of each line: no relay has a reason to
 * change it, so that a signature over it stays good (RFC 3156, section 3; RFC 8551, section 3.1).
 */

/** Quoted-printable, with what relays and mailboxes like to change written in hex: `From ` and a lone dot at the beginning of a line. */
export function textPart(text: string): Buffer {
  const lines = text.replace(/\r\n?|\n/g, '\r\n')
  const body = wrap(encode(lines.endsWith('\r\n') ? lines : `${lines}\r\n`), 74)
  return part(
    ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable'],
    body.replace(/^From /gm, '=46rom ').replace(/^\./gm, '=2E'),
  )
}

/** The name and the type are the caller's to check: they go into the header as they are. */
export function filePart({ name, contentType, bytes }: { name: string; contentType: string; bytes: Uint8Array }): Buffer {
  const head = [
    `Content-Type: ${contentType}; name="${name}"`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename="${name}"`,
  ]
  return part(head, base64Lines(bytes))
}

/** `type`: the subtype with its parameters but the boundary, for example `mixed`. */
export function multipart(type: string, boundary: string, parts: readonly Uint8Array[]): Buffer {
  const pieces = parts.flatMap((one) => [Buffer.from(`--${boundary}\r\n`), one, Buffer.from('\r\n')])
  return Buffer.concat([
    part([`Content-Type: multipart/${type};\r\n boundary="${boundary}"`], ''),
    ...pieces,
    Buffer.from(`--${boundary}--\r\n`),
  ])
}

export function part(head: readonly string[], body: string): Buffer {
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** The same for the same mail. `=_` stands in no quoted-printable and no base64 text (RFC 2045, section 6.7), whatever the mail holds. */
export function boundaryOf(messageId: string, level: string): string {
  return `=_${createHash('sha256').update(`${level} ${messageId}`).digest('hex').slice(0, 32)}`
}

export function base64Lines(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  return text.replace(/.{1,76}/g, '$&\r\n')
}
