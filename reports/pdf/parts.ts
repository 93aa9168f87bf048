import type { Column, Content, CustomTableLayout, TableCell, TDocumentDefinitions } from 'pdfmake/interfaces.js'
import type { Chart } from '../../core/domain/document.ts'
import type { Light } from '../../core/domain/report.ts'
import { plainLine } from '../../core/domain/text.ts'
import { markOf } from './marks.ts'

export type { Column, Content, TableCell }
export type Definition = TDocumentDefinitions

/** Of an upright A4 page between its margins, in points. */
export const PAGE_WIDTH = 515
export const ink = '#1a1d21'
export const soft = '#5a626c'
const rule = '#d9dde2'
const band = '#eef1f4'
const accent = '#1f4f8f'

/** One harmless line. Whatever is in it, a text is only ever a text: links and pictures are properties beside it. */
export function words(text: string | number, max = 600): string {
  return plainLine(String(text), max)
}

export function title(text: string): Content {
  return { text: words(text, 120), fontSize: text.length > 60 ? 13 : 20, bold: true, margin: [0, 0, 0, 4] }
}

/** So much of what follows stands under a heading on its page, in points. */
const FOLLOWING = 60

/**
 * Takes room for what follows and gives it back, so that it does not stand alone at the end of a page: a rule for page breaks would have the
 * whole document laid out anew for each of them.
 */
function kept(content: Content): Content {
  const room: Content = { text: '', fontSize: 1, margin: [0, 0, 0, FOLLOWING] }
  const back: Content = { text: '', fontSize: 1, margin: [0, -FOLLOWING, 0, 0] }
  return [{ stack: [content, room], unbreakable: true }, back]
}

/** A heading that also stands among the bookmarks; `id`: where links lead. */
export function heading(text: string, id?: string): Content {
  const name = words(text, 120)
  const place = id === undefined ? {} : { id }
  return kept({ text: name, ...place, fontSize: 13, bold: true, color: accent, margin: [0, 16, 0, 6], outline: true, outlineText: name })
}

export function subheading(text: string): Content {
  return kept({ text: words(text, 120), bold: true, margin: [0, 0, 0, 4] })
}

export function line(text: string, more: object = {}): Content {
  return { text: words(text), margin: [0, 0, 0, 4], ...more }
}

/** Small print that nobody reads but machines and those in doubt. */
export function mono(text: string): Content {
  return { text: words(text, 2_000), font: 'Mono', fontSize: 6.5, color: soft, margin: [0, 0, 0, 2] }
}

export function light(name: Light, link?: string): TableCell {
  const target = link === undefined ? {} : { linkToDestination: link }
  return {
    columns: [
      { canvas: [markOf(name)], width: 10 },
      { text: words(name, 20), ...target, margin: [3, 0, 0, 0] },
    ],
  }
}

export function linked(text: string, link: string): TableCell {
  return { text: words(text, 120), linkToDestination: link, color: accent }
}

/** On both sides of a cell, in points. */
const PADDING = 2.5

const layout: CustomTableLayout = {
  hLineWidth: (i, { table }) => (i === 0 || i === table.body.length ? 0 : 0.5),
  vLineWidth: () => 0,
  hLineColor: () => rule,
  paddingLeft: () => PADDING,
  paddingRight: () => PADDING,
  paddingTop: () => 2.5,
  paddingBottom: () => 2.5,
}

type Cell = string | number | TableCell

/** Columns with their share of the page's width. Widths are fixed, so that no long word can push another off the page; a name also stands over a nameless column after it. */
export type Columns = readonly (readonly [name: string, share: number])[]

/** A table whose head is repeated on each page. */
export function table(columns: Columns, rows: readonly (readonly Cell[])[], width = PAGE_WIDTH): Content {
  const whole = columns.reduce((sum, [, share]) => sum + share, 0)
  const widths = columns.map(([, share]) => (share / whole) * (width - 2 * PADDING * columns.length))
  const head = columns.map(([name], i): TableCell => {
    const isPair = name !== '' && columns[i + 1]?.[0] === ''
    return { text: words(name, 80), bold: true, fillColor: band, fontSize: 6.5, ...(isPair && { colSpan: 2 }) }
  })
  const body = rows.map((row) => row.map(cellOf))
  return {
    table: { headerRows: 1, keepWithHeaderRows: 1, dontBreakRows: true, widths, body: [head, ...body] },
    layout,
    fontSize: 7.5,
    margin: [0, 2, 0, 8],
  }
}

function cellOf(cell: Cell): TableCell {
  return typeof cell === 'string' || typeof cell === 'number' ? words(cell) : cell
}

/** Names and values, in two columns. */
export function facts(rows: readonly (readonly [name: string, value: string])[]): Content {
  const body = rows.map(([name, value]): TableCell[] => [{ text: name, color: soft }, words(value)])
  return {
    table: { widths: [90, PAGE_WIDTH - 102], body },
    layout: { ...layout, hLineWidth: () => 0, paddingLeft: () => 0 },
    margin: [0, 4, 0, 6],
  }
}

/** As wide as the page, or as much smaller as its height demands. */
export function picture(chart: Chart | undefined): Content[] {
  return chart === undefined ? [] : [{ ...drawn(chart, PAGE_WIDTH), unbreakable: true }]
}

const GAP = 15

/** Two beside each other. */
export function pictures(charts: readonly (Chart | undefined)[]): Content[] {
  const width = (PAGE_WIDTH - GAP) / 2
  const all = charts.filter((chart) => chart !== undefined).map((chart) => ({ width, ...drawn(chart, width) }))
  return all.flatMap((_, i) => (i % 2 === 0 ? [{ columns: all.slice(i, i + 2), columnGap: GAP, unbreakable: true }] : []))
}

function drawn({ title: name, svg, words: told }: Chart, width: number): { stack: Content[] } {
  const caption: Content = { text: words(name, 120), bold: true, margin: [0, 6, 0, 2] }
  return { stack: [caption, { svg, fit: [width, 640], font: 'Sans' }, line(told, { color: soft, fontSize: 7 })] }
}

/** Nothing under a heading that has nothing. */
export function section(name: string, parts: readonly Content[]): Content[] {
  return parts.length === 0 ? [] : [heading(name), ...parts]
}
