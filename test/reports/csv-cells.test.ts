import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeRows } from '../../reports/csv/cells.ts'

/** As a spreadsheet does that takes each of these marks for the end of a cell; what stands in quotes is one. */
function cellsOf(line: string, marks: string): string[] {
  const cells = ['']
  let isQuoted = false
  for (const one of line.replace(/\r\n$/, '').match(/""|[\s\S]/g) ?? []) {
    if (one === '"') isQuoted = !isQuoted
    else if (!isQuoted && marks.includes(one)) cells.push('')
    else cells[cells.length - 1] += one
  }
  return cells
}

const piece = fc.constantFrom(
  '=1+1',
  '+',
  '-',
  '@',
  '＝1',
  '－',
  ';',
  '; ',
  ',',
  '"',
  ' ',
  '\t',
  '\r\n',
  '\u00a0',
  '\u200b',
  '\ufeff',
  'x',
  "'",
)

describe('the cells of a table', () => {
  it('given any text, when a spreadsheet cuts at commas or at semicolons, heeding quotes or not, then no cell is a formula', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const line = writeRows([['x', pieces.join(''), 'y']])
        const cuts = [',', ';', ',;\t'].flatMap((marks) => cellsOf(line, marks))
        const blind = line.split(';').map((one) => one.replace(/^[ "]+/, ''))
        for (const cell of [...cuts, ...blind]) expect(cell.trim()).not.toMatch(/^[=+\-@＝＋－＠]/)
      }),
      { numRuns: 2000 },
    )
  })

  it('given plain words, when written, then they are left as they are', () => {
    expect(writeRows([['a-b', 'x; y', 4, -4]])).toBe('a-b,"x; y",4,-4\r\n')
  })
})
