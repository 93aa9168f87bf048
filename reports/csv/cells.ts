import { stringify } from 'csv-stringify/sync'
import { plainLine } from '../../core/domain/text.ts'

export type Cell = string | number

/** RFC 4180, with CRLF. */
export function writeRows(rows: readonly (readonly Cell[])[]): string {
  return stringify(
    rows.map((cells) => cells.map(safeCell)),
    { record_delimiter: '\r\n', quoted_match: /;/ },
  )
}

export function utc(at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toISOString()
}

/** What is not known is empty, never 0. */
export function minutes(ms: number | null | undefined): Cell {
  return ms === undefined || ms === null ? '' : Math.round(ms / 60_000)
}

/** A spreadsheet takes a cell that begins so for a formula, some also with the wide forms (OWASP, CSV injection). */
const acting = '[=+\\-@＝＋－＠]'
const begins = new RegExp(`^${acting}`)
/** Many take a semicolon for the end of a cell: what follows it would begin one. */
const follows = new RegExp(`;[ "]*(?=${acting})`, 'g')

/** Tab and CR are gone, once it is a line. */
function safeCell(cell: Cell): Cell {
  if (typeof cell === 'number') return cell
  const line = plainLine(cell, 1000).replace(follows, "$&'")
  return begins.test(line) ? `'${line}` : line
}
