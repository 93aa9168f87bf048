import type { ReportFormat } from '../../core/domain/report.ts'

export const report: ReportFormat = {
  name: 'json',
  summary: 'The whole report as data, for programs and for comparing runs.',
  render(data) {
    return { contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(sorted(data), null, 2)}\n` }
  },
}

/** Keys in order, so that the same report gives the same bytes however it was made. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, v]) => [key, sorted(v)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
