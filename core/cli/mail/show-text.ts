import { visible } from '../cli.ts'

/** How much of one text is shown on a terminal. */
const MOST = { lines: 200, line: 1_000 }

/** Somebody else's text, line by line: harmless for a terminal, bounded, and indented so that it cannot pass for a line of ours. */
export function shownText(text: string, { indent, most = MOST.lines }: { indent: string; most?: number }): string {
  const lines = text.trimEnd().split(/\r\n|\r|\n/)
  const shown = lines.slice(0, most).map((line) => `${indent}${shownLine(line)}`.trimEnd())
  const rest = lines.length - most
  return `${[...shown, ...(rest > 0 ? [`${indent}[... ${rest} more ${rest === 1 ? 'line' : 'lines'}]`] : [])].join('\n')}\n`
}

function shownLine(line: string): string {
  const cut = line.length > MOST.line ? `${line.slice(0, MOST.line)} [... ${line.length - MOST.line} more characters]` : line
  return visible(cut.replaceAll('\t', '    '))
}

/** So much of a mail's hash names it on the command line. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12)
}
