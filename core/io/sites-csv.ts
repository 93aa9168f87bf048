import { CsvError, parse } from 'csv-parse/sync'
import { InputError } from '../domain/errors.ts'
import { mergeSiteRows, SiteRow, timeZoneWarning } from '../domain/federation.ts'
import type { Federation } from '../domain/site.ts'
import { collectNotes, type Notes, quote } from './gocdb/notes.ts'
import { type SourceFile, sourceText } from './gocdb/source.ts'

/**
 * sites.csv: sites that GOCDB does not know, VOs and the VOs' own names of sites, and services.
 *
 * One line names one VO and one service at most; a site may have any number of lines. Separator: comma. The first line
 * names the columns, in any order:
 *
 *   name              the site's short name; the only column that every line needs
 *   country           two letters (ISO 3166-1), for example FR     ┐
 *   country_name      for example France                           │
 *   ngi               for example NGI_FRANCE                       │
 *   time_zone         IANA name, for example Europe/Paris          │ only of sites that GOCDB does not know, on any one
 *   security_contact  mail address of the site's security team     │ of their lines; country, ngi and time_zone are needed
 *   contact           mail address of the site                     │
 *   certification     default: Certified                           │
 *   infrastructure    default: Production                          │
 *   tier              for example 2                                │
 *   scopes            separated by spaces, for example EGI wlcg    ┘
 *   vo                a VO that the site supports, for example cms
 *   vo_name           that VO's own name of the site, for example T2_FR_Somewhere; default: the site's name
 *   service_type      GOCDB's word, for example org.nordugrid.arex
 *   host_name         of the service; default: the host in endpoint_url
 *   endpoint_url      of the service
 */
const COLUMNS = Object.keys(SiteRow.shape).filter((column) => column !== 'line')

const MAX = { fileBytes: 16 * 1024 * 1024, lineBytes: 64 * 1024, lines: 50_000, shownProblems: 50, shownWarnings: 200 }

export type SitesCsv = { federation: Federation; rows: SiteRow[]; warnings: string[] }

/** Reads sites.csv against `known`, the federation without any earlier sites.csv. Every problem comes in one InputError. */
export function readSitesCsv(file: SourceFile, known: Federation): SitesCsv {
  const problems = collectNotes(MAX.shownProblems)
  const rows = readRows(file, problems)
  const merged = mergeSiteRows(known, rows)
  for (const { line, words } of merged.problems) problems.add(`${file.name}:${line}`, words)
  if (problems.list().length > 0) throw new InputError('The sites cannot be imported; nothing was changed:', problems.list())
  return { federation: merged.federation, rows, warnings: warningsOf(file, rows) }
}

function warningsOf(file: SourceFile, rows: readonly SiteRow[]): string[] {
  const warnings = collectNotes(MAX.shownWarnings)
  for (const { line, name, country, time_zone: timeZone } of rows) {
    const words = country && timeZone && timeZoneWarning({ name, country, timeZone })
    if (words) warnings.add(`${file.name}:${line}`, words)
  }
  return warnings.list()
}

function readRows(file: SourceFile, problems: Notes): SiteRow[] {
  const [header, ...lines] = readLines(file, problems)
  if (header === undefined) return []
  const columns = header.cells.map((cell) => cell.trim().toLowerCase())
  const wrong = headerProblems(columns)
  for (const words of wrong) problems.add(`${file.name}:${header.line}`, words)
  if (wrong.length > 0) return []
  if (lines.length === 0) problems.add(file.name, 'names columns, but no site')
  return lines.flatMap(({ cells, line }) => {
    const at = `${file.name}:${line}`
    if (cells.length === columns.length) return readRow(columns, { cells, line, at, problems }) ?? []
    problems.add(at, `${cells.length} cells, but ${columns.length} columns: quote a cell that holds a comma`)
    return []
  })
}

type Line = { cells: string[]; line: number }

function readLines(file: SourceFile, problems: Notes): Line[] {
  try {
    const records: { record: string[]; info: { lines: number } }[] = parse(sourceText(file, MAX.fileBytes).replace(/\r\n?/g, '\n'), {
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MAX.lineBytes,
      to: MAX.lines + 2,
    }) as never
    if (records.length === 0) problems.add(file.name, `holds nothing: the first line names the columns (${COLUMNS.join(', ')})`)
    if (records.length > MAX.lines + 1) problems.add(file.name, `more than ${MAX.lines} lines`)
    return records
      .map(({ record, info }) => ({ cells: record, line: info.lines }))
      .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''))
  } catch (error) {
    if (!(error instanceof CsvError)) problems.addError(error)
    else problems.add(`${file.name}:${error.lines ?? 1}`, `not a CSV file: ${quote(error.message).slice(1, -1)}`)
    return []
  }
}

function headerProblems(columns: readonly string[]): string[] {
  const known = `the columns are ${COLUMNS.join(', ')}`
  if (columns.length === 1 && /[;\t]/.test(columns[0]!)) return ['cells are separated by something else: use commas']
  const unknown = columns.filter((column) => !COLUMNS.includes(column)).map((column) => `unknown column ${quote(column)}: ${known}`)
  const twice = columns.filter((column, i) => columns.indexOf(column) !== i).map((column) => `column ${quote(column)} is there twice`)
  return [...unknown, ...twice, ...(columns.includes('name') ? [] : [`no column name: ${known}`])]
}

function readRow(columns: readonly string[], from: Line & { at: string; problems: Notes }): SiteRow | undefined {
  const cells = columns.map((column, i) => [column, from.cells[i]!.trim()] as const).filter(([, cell]) => cell !== '')
  const result = SiteRow.safeParse({ ...Object.fromEntries(cells), line: from.line })
  if (result.success) return result.data
  const values = new Map<unknown, string>(cells)
  for (const { path, message } of result.error.issues) {
    const value = values.get(path[0])
    from.problems.add(from.at, value === undefined ? `${String(path[0])} is missing` : `${String(path[0])} ${quote(value)}: ${message}`)
  }
  return undefined
}
