import { documentKinds, type ReportFormat } from '../../core/domain/document.ts'
import { schemaPlace } from '../../core/domain/document-schema.ts'
import { compareText } from '../../core/domain/text.ts'

export const report: ReportFormat = {
  name: 'json',
  summary: 'The whole document as data, for programs and for comparing runs.',
  extension: 'json',
  kinds: documentKinds,
  render({ kind, content }) {
    const file = { $schema: schemaPlace(kind), kind, content }
    return { contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(sorted(file), null, 2)}\n` }
  },
}

/** Keys in order, so that the same document gives the same bytes however it was made. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, v]) => [key, sorted(v)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => compareText(a, b)))
}
