import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'
import type { ReportFormat } from '../../core/domain/report.ts'
import { viewOf } from './view.ts'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

const handlebars = Handlebars.create()
const page = handlebars.compile(read('./report.hbs'), { strict: true, knownHelpersOnly: true })
const style = ['./base.css', './parts.css', './paper-and-phone.css'].map(read).join('')

const tlpLabels = ['TLP:RED', 'TLP:AMBER+STRICT', 'TLP:AMBER', 'TLP:GREEN', 'TLP:CLEAR']

export const report: ReportFormat = {
  name: 'html',
  summary: 'One self-contained page that prints well; no script.',
  render(data) {
    const label = tlpLabels.includes(data.tlp) ? data.tlp : 'TLP:RED'
    const css = style.replaceAll('TLP:LABEL', label)
    const hash = createHash('sha256').update(css).digest('base64')
    const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
    // The style is ours alone, and the hash in the policy covers its very characters.
    const body = page({ ...viewOf(data), policy, css: new Handlebars.SafeString(css) })
    return { contentType: 'text/html; charset=utf-8', body: body.endsWith('\n') ? body : `${body}\n` }
  },
}
