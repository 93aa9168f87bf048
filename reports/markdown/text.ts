import { plainLine } from '../../core/domain/text.ts'

/** One line in which no character is markup, in CommonMark and in HTML. */
export function md(text: string): string {
  return plainLine(text, 1000)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~]/g, (c) => `\\${c}`)
    .replace(/:\/\//g, '&#58;//')
    .replace(/\b(www)\./gi, '$1&#46;')
    .replace(/@/g, '&#64;')
}

/** A table (GitHub Flavored Markdown, section 4.10) of texts that are escaped here. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map((cell) => md(String(cell))).join(' | ')} |`
  return [line(headings), `| ${headings.map(() => '---').join(' | ')} |`, ...rows.map(line)].join('\n')
}

/** A section with its title; none when there is nothing in it. */
export function section(title: string, parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [[`## ${md(title)}`, ...parts].join('\n\n')]
}
