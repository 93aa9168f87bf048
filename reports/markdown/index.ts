import { audienceWords } from '../../core/domain/audience.ts'
import type { Document, ReportFormat } from '../../core/domain/document.ts'
import { documentTitles, windowWords } from '../../core/domain/document-words.ts'
import { utcWords } from '../../core/domain/zone.ts'
import { acknowledgementSections, comparisonSections, contactSections, metricsSections } from './others.ts'
import { runSections } from './run.ts'
import { siteReportSections } from './site.ts'
import { md } from './text.ts'

export const report: ReportFormat = {
  name: 'markdown',
  summary: 'Text with tables, for a wiki or a ticket.',
  extension: 'md',
  kinds: ['run', 'site', 'acknowledgement', 'comparison', 'metrics', 'contacts'],
  render(document) {
    const sections = [...head(document), ...body(document), ...foot(document)]
    return { contentType: 'text/markdown; charset=utf-8', body: `${sections.join('\n\n')}\n` }
  },
}

function head({ kind, content }: Document): string[] {
  const name = kind === 'site' ? ` ${content.site.site}, ${content.run}` : 'run' in content ? ` ${content.run}` : ''
  const { tlp, audience, rehearsal, asOf } = content
  return [
    `# ${documentTitles[kind]}${md(name) === '' ? '' : ` ${md(name)}`}`,
    `**EXERCISE** · **${md(tlp)}** · for ${md(audienceWords(audience))}${rehearsal ? ' · a rehearsal' : ''}`,
    ...('title' in content ? [`${md(content.title)}.`] : []),
    ...('vo' in content ? [`Scenario ${md(content.scenario)}, VO ${md(content.vo)}, ${content.phase}.`] : []),
    ...('window' in content ? [`Window ${md(windowWords(content.window))}.`] : []),
    ...('rubric' in content ? [`Rubric ${md(content.rubric.id)}, version ${content.rubric.version}: ${md(content.rubric.title)}.`] : []),
    `As of ${utcWords(asOf)}.`,
  ]
}

function body({ kind, content }: Document): string[] {
  switch (kind) {
    case 'run':
      return runSections(content)
    case 'site':
      return siteReportSections(content)
    case 'acknowledgement':
      return acknowledgementSections(content)
    case 'comparison':
      return comparisonSections(content)
    case 'metrics':
      return metricsSections(content)
    case 'contacts':
      return contactSections(content)
    case 'certificate':
      return []
  }
}

function foot({ kind, content }: Document): string[] {
  if (kind !== 'run' && kind !== 'site') return []
  const { signature } = content
  return [
    signature === undefined ? 'Not signed.' : `Signed: ${signature.algorithm}, key ${md(signature.publicKey)}, ${md(signature.value)}`,
  ]
}
