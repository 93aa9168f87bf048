import { attributionAt, isFooter, isMobileLine, isSeparator, quoteHeadersAt } from './quote-marks.ts'

const limits = { text: 256 * 1024, lines: 5_000, line: 2_000 }

/** Where we are in a mail: in its author's words, or in something that goes on until a line ends it. */
type Place = 'own' | 'signature' | 'footer'

/**
 * What the author of a mail wrote: without the text that is quoted, by whatever mail program (interleaved answers stay),
 * without signature, legal footer and the armour of OpenPGP (RFC 9580 section 7). One pass over at most 5,000 lines of at
 * most 2,000 characters; never throws. Empty when all is quoted.
 */
export function ownWords(text: string): string {
  const cut = text.slice(0, limits.text).split(/\r\n|\n|\r/, limits.lines)
  const lines = withoutArmour(cut.map((line) => line.slice(0, limits.line)))
  const own: string[] = []
  let place: Place = 'own'
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!
    if (isQuoted(line)) {
      place = 'own'
      continue
    }
    const quote = quoteAt(lines, at)
    if (quote) {
      if (!quote.marked) break
      place = 'own'
      at += quote.lines - 1
      continue
    }
    place = placeAt(place, lines, at)
    if (place === 'own' && !isMobileLine(line)) own.push(line.trimEnd())
  }
  return own
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** `> text`, and as some write it `JD> text`, `| text`; a row of a table ends with its bar. */
function isQuoted(line: string): boolean {
  return /^[ \t]{0,3}(>|[A-Z]{2,3}>|\|(?!.*\|[ \t]*$))/.test(line)
}

/** The head of a quote that begins here; `marked` when the quote itself has a mark at each line, else it goes on to the end. */
function quoteAt(lines: readonly string[], at: number): { lines: number; marked: boolean } | undefined {
  const head = headAt(lines, at)
  if (!head) return undefined
  const marked = nextWords(lines, at + head.lines, isQuoted)
  return marked || head.sure ? { lines: head.lines, marked } : undefined
}

function headAt(lines: readonly string[], at: number): { lines: number; sure: boolean } | undefined {
  if (isSeparator(lines[at]!)) return { lines: 1 + quoteHeadersAt(lines, at + 1), sure: true }
  const headers = quoteHeadersAt(lines, at)
  return headers > 0 ? { lines: headers, sure: true } : attributionAt(lines, at)
}

function placeAt(place: Place, lines: readonly string[], at: number): Place {
  const line = lines[at]!
  if (place === 'signature') return place
  if (line === '-- ' || (line === '--' && isShort(lines, at + 1))) return 'signature'
  if (/^_{20,}$/.test(line) && nextWords(lines, at + 1, isListLine)) return 'signature'
  if (isFooter(line)) return 'footer'
  return place === 'footer' && line.trim() !== '' ? 'footer' : 'own'
}

/** RFC 3676 section 4.3 has a space after the dashes; where it got lost, they may also part a long report. */
function isShort(lines: readonly string[], from: number): boolean {
  const rest = lines.slice(from, from + 16)
  const end = rest.findIndex(isQuoted)
  return (end < 0 ? rest : rest.slice(0, end)).length < 16
}

function isListLine(line: string): boolean {
  return /mailing list|mailman|listinfo|unsubscribe/i.test(line)
}

/** Whether that holds for the next line that is not blank. */
function nextWords(lines: readonly string[], from: number, holds: (line: string) => boolean): boolean {
  for (let at = from; at < Math.min(lines.length, from + 5); at += 1) if (lines[at]!.trim() !== '') return holds(lines[at]!)
  return false
}

function withoutArmour(lines: readonly string[]): string[] {
  const kept: string[] = []
  let skip: 'headers' | 'block' | undefined
  let escaped = false
  for (const line of lines) {
    if (line.startsWith('-----BEGIN PGP ')) {
      escaped = line.startsWith('-----BEGIN PGP SIGNED')
      skip = escaped ? 'headers' : 'block'
    } else if (line.startsWith('-----END PGP ')) skip = undefined
    else if (skip === 'headers') skip = line.trim() === '' ? undefined : skip
    else if (skip === undefined) kept.push(escaped ? unescaped(line) : line)
  }
  return kept
}

/** RFC 9580 section 7.1. What makes lines flow (RFC 3676) may have joined an escaped signature's mark with its first line. */
function unescaped(line: string): string {
  if (line.startsWith('- -- ')) return '-- '
  return line.startsWith('- ') ? line.slice(2) : line
}
