import type { Document, ReportFormat } from '../../core/domain/document.ts'
import { type Cell, writeRows } from './cells.ts'
import { comparisonRows, contactRows, metricsRows } from './others.ts'
import { runRows } from './run.ts'

export const report: ReportFormat = {
  name: 'csv',
  summary: 'A table, for a spreadsheet.',
  extension: 'csv',
  kinds: ['run', 'contacts', 'comparison', 'metrics'],
  render(document) {
    return { contentType: 'text/csv; charset=utf-8; header=present', body: writeRows(rowsOf(document)) }
  },
}

function rowsOf({ kind, content }: Document): Cell[][] {
  switch (kind) {
    case 'run':
      return runRows(content)
    case 'contacts':
      return contactRows(content)
    case 'comparison':
      return comparisonRows(content)
    case 'metrics':
      return metricsRows(content)
    default:
      return []
  }
}
