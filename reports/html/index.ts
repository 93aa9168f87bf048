import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'
import type { Charts, Document, DocumentKind, ReportFormat } from '../../core/domain/document.ts'
import { documentKinds } from '../../core/domain/document.ts'
import { canonicalJson } from '../../core/domain/json.ts'
import { VERIFY_SITE_REPORT } from '../../core/domain/verify-by-hand.ts'
import { acknowledgementView, certificateView, comparisonView, contactsView, metricsView } from './other-views.ts'
import { runView } from './run-view.ts'
import { siteReportView } from './site-view.ts'
import { clean, headOf, tlpLabel } from './words.ts'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

const handlebars = Handlebars.create()
const strict = { strict: true, knownHelpersOnly: true }
const parts = ['mark', 'light', 'counts', 'chart', 'score', 'access', 'times', 'method', 'outages', 'signature']
for (const name of parts) handlebars.registerPartial(name, handlebars.compile(read(`./parts/${name}.hbs`), strict))
const page = handlebars.compile(read('./page.hbs'), strict)
const bodies = Object.fromEntries(documentKinds.map((kind) => [kind, handlebars.compile(read(`./${kind}.hbs`), strict)]))
const style = ['./base.css', './parts.css', './pages.css', './paper-and-phone.css'].map(read).join('')

export const report: ReportFormat = {
  name: 'html',
  summary: 'One self-contained page that prints well; no script.',
  extension: 'html',
  kinds: documentKinds,
  render(document, charts) {
    const head = clean(headOf(document))
    const main = bodies[document.kind]!({ ...head, ...clean(viewOf(document)), charts: chartsView(charts), byHand: VERIFY_SITE_REPORT })
    const css = style.replaceAll('TLP:LABEL', tlpLabel(document.content.tlp))
    const hash = createHash('sha256').update(css).digest('base64')
    const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
    const name = clean(nameOf(document))
    // The style is ours alone, and the hash in the policy covers its very characters. The body comes escaped from its template.
    const safe = { css: new Handlebars.SafeString(css), main: new Handlebars.SafeString(main), data: dataBlock(document) }
    const body = page({ ...head, ...safe, policy, name, kind: document.kind })
    return { contentType: 'text/html; charset=utf-8', body: `${body.trimEnd()}\n` }
  },
}

function viewOf({ kind, content }: Document): object {
  switch (kind) {
    case 'run':
      return runView(content)
    case 'site':
      return siteReportView(content)
    case 'certificate':
      return certificateView(content)
    case 'acknowledgement':
      return acknowledgementView(content)
    case 'comparison':
      return comparisonView(content)
    case 'metrics':
      return metricsView(content)
    case 'contacts':
      return contactsView(content)
  }
}

function nameOf({ kind, content }: Document): string {
  if (kind === 'site' || kind === 'certificate')
    return `${content.run} ${typeof content.site === 'string' ? content.site : content.site.site}`
  return 'run' in content ? content.run : ''
}

/** All that the pages ask for, null where there is none. The core drew them: they hold no script, style or link. */
function chartsView(charts: Charts) {
  const named = Object.entries(charts).map(([name, { title, words, svg }]) => {
    return [name, { name, ...clean({ title, words }), svg: new Handlebars.SafeString(svg) }] as const
  })
  return { ...Object.fromEntries(chartNames.map((name) => [name, null])), ...Object.fromEntries(named) }
}

/** As core/charts names them. */
const chartNames = ['lights', 'heads-up', 'containment', 'closure', 'timeline', 'spread', 'site-timeline', 'place']
const withData: readonly DocumentKind[] = ['site', 'certificate']

/** What could end the block, or turn the text around it; in JSON each may as well stand as its number. */
const acting = /[<\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** The signed data in a block that no browser runs. */
function dataBlock(document: Document): Handlebars.SafeString | null {
  if (!withData.includes(document.kind)) return null
  const { kind, content } = document
  return new Handlebars.SafeString(canonicalJson({ kind, content }).replace(acting, numbered))
}

function numbered(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
