import { stringify } from 'csv-stringify/sync'
import type { PartyScore, Report, ReportFormat, Score, SiteScore } from '../../core/domain/report.ts'
import { plainLine } from '../../core/domain/text.ts'

export const report: ReportFormat = {
  name: 'csv',
  summary: 'One line a site and a party, for a spreadsheet.',
  render(data) {
    const rows = [headings(data), ...data.sites.map((site) => row(data, site)), ...data.parties.map((party) => partyRow(data, party))]
    return {
      contentType: 'text/csv; charset=utf-8; header=present',
      body: stringify(
        rows.map((cells) => cells.map(safeCell)),
        { record_delimiter: '\r\n' },
      ),
    }
  },
}

type Cell = string | number

function headings(data: Report): Cell[] {
  const rules = rulesOf(data)
  return [
    'run',
    'tlp',
    'as of (UTC)',
    'site',
    'ngi',
    'country',
    'party',
    'overall',
    ...categoriesOf(data).flatMap((name) => [name, `${name} points`, `${name} out of`]),
    'known',
    'of',
    'alerted (UTC)',
    'heads-up (min)',
    'containment (min)',
    'closure (min)',
    ...rules.flatMap((id) => [`${id} light`, `${id} points`, `${id} reason`]),
  ]
}

function row(data: Report, site: SiteScore): Cell[] {
  const { headsUp, containment, closure } = site.times
  return [
    data.run,
    data.tlp,
    utc(data.asOf),
    site.site,
    site.ngi,
    site.country,
    '',
    site.overall,
    ...categoriesOf(data).flatMap((name): Cell[] => {
      const found = site.categories.find((c) => c.category === name)
      return found ? [found.light, found.points, found.outOf] : ['', '', '']
    }),
    site.coverage.known,
    site.coverage.of,
    utc(site.alerted),
    minutes(headsUp),
    minutes(containment),
    minutes(closure),
    ...ruleCells(data, site.scores),
  ]
}

/** What only a site has stays empty. */
function partyRow(data: Report, { name, role, overall, scores }: PartyScore): Cell[] {
  const known = scores.filter((s) => s.points !== null).length
  const noCategories = categoriesOf(data).flatMap(() => ['', '', ''])
  const who = ['', '', '', `${name} (${role})`]
  return [
    data.run,
    data.tlp,
    utc(data.asOf),
    ...who,
    overall,
    ...noCategories,
    known,
    scores.length,
    '',
    '',
    '',
    '',
    ...ruleCells(data, scores),
  ]
}

function ruleCells(data: Report, scores: readonly Score[]): Cell[] {
  return rulesOf(data).flatMap((id): Cell[] => {
    const found = scores.find((s) => s.expectation === id)
    return found ? [found.light, found.points ?? '', found.reason] : ['', '', '']
  })
}

function categoriesOf(data: Report): string[] {
  return [...new Set(data.sites.flatMap((s) => s.categories.map((c) => c.category)))]
}

function rulesOf(data: Report): string[] {
  return [...new Set([...data.sites, ...data.parties].flatMap((s) => s.scores.map((score) => score.expectation)))]
}

function utc(at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toISOString()
}

function minutes(ms: number | undefined): Cell {
  return ms === undefined ? '' : Math.round(ms / 60_000)
}

/** A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection); tab and CR at the start are gone by then. */
function safeCell(cell: Cell): Cell {
  if (typeof cell === 'number') return cell
  const line = plainLine(cell, 1000)
  return /^[=+\-@]/.test(line) ? `'${line}` : line
}
