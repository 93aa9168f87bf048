import { decodeWords } from 'postal-mime'

const most = { bytes: 1024 * 1024, labels: 20 }

/** What the parser makes of a charset that it does not know. */
const fallback = highBytesIn('windows-1252')

/**
 * The charsets that a mail's headers name (RFC 2045 section 5.1, RFC 2047 section 2) and the parser does not know: it takes
 * their bytes for windows-1252, and says nothing of it. Looks at the first MiB; at most 20 names, in lower case.
 */
export function unknownCharsets(raw: Uint8Array): string[] {
  const text = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, most.bytes)).toString('latin1')
  const named = [
    ...text.matchAll(/^(?:content-type:|[ \t])[^\n]{0,900}?\bcharset[ \t]?=[ \t]?"?([a-z0-9][\w.:+-]{0,40})/gim),
    ...text.matchAll(/=\?([a-z0-9][\w.:+-]{0,40})\?[bq]\?/gi),
  ]
  const labels = new Set(named.map(([, label]) => label!.toLowerCase()))
  return [...labels].slice(0, most.labels).filter(isUnknown)
}

function isUnknown(label: string): boolean {
  return highBytesIn(label) === fallback && encodingOf(label) !== 'windows-1252'
}

/** How the parser reads the 128 bytes on which the charsets differ. */
function highBytesIn(label: string): string {
  const bytes = Array.from({ length: 128 }, (_, at) => `=${(128 + at).toString(16).toUpperCase()}`)
  return decodeWords(`=?${label}?Q?${bytes.join('')}?=`)
}

function encodingOf(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding
  } catch {
    return undefined
  }
}
