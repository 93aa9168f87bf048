import { visibleText } from './domain/text.ts'

/** Lines of a page that is read as text as well. */
const WIDTH = 120

/** Code in backquotes, or an address: neither is escaped. */
const kept = /(`[^`\n]+`|https?:\/\/[^\s<>`|)\]]*[^\s<>`|)\].,;:!?])/

/** Somebody's words as Markdown (CommonMark 0.31): what would mark up is escaped, code in backquotes stays code. */
function words(text: string): string {
  const parts = visibleText(text).replace(/\s+/g, ' ').trim().split(kept)
  return parts.map((part, i) => (i % 2 === 0 ? escaped(part) : whole(part))).join('')
}

/** In a table a backslash before a bar would let the bar end the cell, in code as well. */
function whole(part: string): string {
  if (part.startsWith('http')) return `<${part}>`
  return part.includes('\\|') ? escaped(part) : part
}

function escaped(text: string): string {
  return text.replace(/[\\`*[\]<~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&(?=#?\w+;)/g, '\\$&')
}

/** Paragraphs, each broken into lines. */
export function paragraphs(text: string): string {
  const all = text.split(/\n\s*\n/).filter((one) => one.trim() !== '')
  return all.map((one) => broken(words(one), '')).join('\n\n')
}

/** An item of a list; `mark` is `-`, or `- [ ]` for something to be done. */
export function item(mark: '-' | '- [ ]', text: string): string {
  return `${mark} ${broken(words(text), ' '.repeat(mark.length + 1))}`
}

/** One line of words, for a heading. */
export function heading(level: number, text: string): string {
  return `${'#'.repeat(level)} ${words(text)}`
}

/** A table (GitHub Flavored Markdown, section 4.10) whose columns stand below each other in the text, too. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((text) => words(text).replaceAll('|', '\\|')))
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => (row[i] ?? '').length)))
  const line = (row: readonly string[]) => `| ${widths.map((width, i) => (row[i] ?? '').padEnd(width)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n')
}

/** At spaces, but not within code; no later line begins with what would open a list, a heading or a quote. */
function broken(text: string, indent: string): string {
  const lines: string[] = []
  for (const word of text.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    const last = lines.at(-1)
    if (last === undefined || indent.length + last.length + 1 + word.length > WIDTH) lines.push(harmlessStart(word))
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join(`\n${indent}`)
}

function harmlessStart(word: string): string {
  return word.replace(/^(?=(?:[-+=]+|#{1,6})$|>|\|)/, '\\').replace(/^(\d{1,9})([.)])$/, '$1\\$2')
}
