/** Control characters, and the marks with which a text can reorder what is shown around it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be shown
const unseen = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g

/** A text without the characters that a terminal or a page would obey. */
export function visibleText(text: string): string {
  return text.replace(unseen, ' ')
}

/** One harmless line of a text that somebody else wrote, cut to a length. Whoever shows it still escapes it. */
export function plainLine(text: string, max = 300): string {
  const line = visibleText(text.slice(0, max * 4))
    .replace(/\s+/g, ' ')
    .trim()
  return line.length > max ? `${line.slice(0, max - 1).trimEnd()}…` : line
}

const units: readonly [name: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
]

/** `2 h 10 min`: the two largest units, cut off below; seconds only below a minute. */
export function durationWords(ms: number): string {
  const first = units.findIndex(([, size]) => Math.abs(ms) >= size)
  if (first < 0) return '0 s'
  const [name, size] = units[first]!
  const [nextName, nextSize] = units[first + 1] ?? ['', 1]
  const whole = Math.trunc(Math.abs(ms) / size)
  const rest = nextSize < 60_000 ? 0 : Math.trunc((Math.abs(ms) % size) / nextSize)
  const words = rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${nextName}`
  return ms < 0 ? `-${words}` : words
}

/** Without mail addresses: a server may name in its answer to whom it forwards, and the log is never erased. */
export function withoutAddresses(text: string): string {
  return text.replace(/\S*@\S*/g, '…')
}

/** By code units: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
