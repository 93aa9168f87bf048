import type { Document, DocumentKind } from '../../core/domain/document.ts'
import { sampleDocuments, sampleSpread } from './sample-documents.ts'

/** Texts that have broken reports elsewhere: markup, formulas, links, line breaks and marks that turn text around. */
export const hostileTexts = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style><style>*{display:none}</style>',
  ']]></svg><foreignObject><b>x</b>',
  '{{constructor.constructor}} {{{this}}} #{1}',
  '{a|b} {value} \\{c}',
  '=HYPERLINK("https://evil.example","click")',
  '+1+cmd|calc!A0',
  '-2+3',
  '@SUM(A1:A9)',
  '\t=1+1',
  '\r=1+1',
  'two\nlines\r\n# heading | cell | ![x](https://evil.example/x.png) [y](javascript:alert(1))',
  'plain \u202etxt.exe\u0000\u001b[31m',
  '`code` <https://evil.example> &lt;b&gt; \\| \\',
]

/** Words of our own schemas: what stands here never came from outside. */
const ownWords = new Set([
  ...['kind', 'light', 'lights', 'overall', 'category', 'phase', 'tlp', 'algorithm', 'attacker', 'control', 'revoked', 'role'],
  ...['type', 'clock', 'startsAt', 'by', 'within', 'lateUntil', 'expectation', 'evidence'],
])

/** A real document in which every text that could come from outside is a hostile one. */
export function hostileDocument(kind: DocumentKind, text: string): Document {
  const { [kind]: document } = sampleDocuments(9)
  if (document.kind !== 'run') return turned(document, text, 'kind') as Document
  const spread = sampleSpread(document.content.sites.map((s) => s.site))
  const heard = spread.told.slice(0, 1).map(({ from, how, evidence }) => ({ from, how, evidence }))
  const sites = document.content.sites.map((site) => ({ ...site, heardFrom: heard }))
  return turned({ ...document, content: { ...document.content, sites, spread } }, text, 'kind') as Document
}

function turned(value: unknown, text: string, key: string): unknown {
  if (typeof value === 'string') return ownWords.has(key) ? value : text
  if (Array.isArray(value)) return value.map((one) => turned(one, text, key))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, turned(one, text, name)]))
}
