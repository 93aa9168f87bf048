import { stringify } from 'csv-stringify/sync'
import { plainLine } from '../../core/domain/text.ts'

export type Cell = string | number

/** RFC 4180, with CRLF. */
export function writeRows(rows: readonly (readonly Cell[])[]): string {
  return stringify(
    rows.map((cells) => cells.map(safeCell)),
    { record_delimiter: '\r\n' },
  )
}

export function utc(at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toISOString()
}

/** What is not known is empty, never 0. */
export function minutes(ms: number | null | undefined): Cell {
  return ms === undefined || ms === null ? '' : Math.round(ms / 60_000)
}

/** A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection); tab and CR at the start are gone by then. */
function safeCell(cell: Cell): Cell {
  if (typeof cell === 'number') return cell
  const line = plainLine(cell, 1000)
  return /^[=+\-@]/.test(line) ? `'${line}` : line
}
