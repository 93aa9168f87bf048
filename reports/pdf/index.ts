import { audienceWords } from '../../core/domain/audience.ts'
import type { Charts, Document, ReportFormat } from '../../core/domain/document.ts'
import { documentTitles } from '../../core/domain/document-words.ts'
import { utcWords } from '../../core/domain/zone.ts'
import { certificateContent, certificateFrame } from './certificate.ts'
import { makePdf } from './make.ts'
import { acknowledgementContent, comparisonContent, metricsContent } from './others.ts'
import { type Content, type Definition, ink, PAGE_WIDTH, soft, words } from './parts.ts'
import { runContent } from './run.ts'
import { siteReportContent } from './site.ts'
import { tlpLook } from './words.ts'

export const report: ReportFormat = {
  name: 'pdf',
  summary: 'Pages to print and to hand round; links lead from a light to its evidence.',
  extension: 'pdf',
  kinds: ['run', 'site', 'certificate', 'acknowledgement', 'comparison', 'metrics'],
  async render(document, charts) {
    return { contentType: 'application/pdf', body: await makePdf(definitionOf(document, charts)) }
  },
}

function definitionOf(document: Document, charts: Charts): Definition {
  const isWall = document.kind === 'certificate'
  return {
    content: contentOf(document, charts),
    pageSize: 'A4',
    pageOrientation: isWall ? 'landscape' : 'portrait',
    pageMargins: [40, 56, 40, 50],
    ...(isWall && { background: certificateFrame() }),
    header: headerOf(document, isWall ? 40 : 24),
    footer: footerOf(document, isWall ? LYING - 80 : PAGE_WIDTH),
    defaultStyle: { font: 'Sans', fontSize: 8.5, color: ink, lineHeight: 1.15 },
    info: infoOf(document),
    language: 'en',
    displayTitle: true,
    version: '1.7',
  }
}

function contentOf({ kind, content }: Document, charts: Charts): Content[] {
  switch (kind) {
    case 'run':
      return runContent(content, charts)
    case 'site':
      return siteReportContent(content, charts)
    case 'certificate':
      return certificateContent(content)
    case 'acknowledgement':
      return acknowledgementContent(content)
    case 'comparison':
      return comparisonContent(content, charts)
    case 'metrics':
      return metricsContent(content, charts)
    case 'contacts':
      return []
  }
}

/** Its only times are those of the facts. */
function infoOf({ kind, content }: Document): NonNullable<Definition['info']> {
  const asOf = new Date(content.asOf)
  const run = 'run' in content ? ` ${content.run}` : ''
  return {
    title: words(`EXERCISE ${content.tlp} ${documentTitles[kind]}${run}`, 200),
    author: words('issuer' in content ? content.issuer : 'Security service challenges', 120),
    subject: words('title' in content ? content.title : documentTitles[kind], 200),
    creator: 'ssc',
    producer: 'ssc',
    creationDate: asOf,
    modDate: asOf,
  }
}

/** Of a lying page, in points. */
const LYING = 842

/** What it is, and how far it may go, on each page. All widths are fixed: no long name pushes the label off the page. */
function headerOf({ kind, content }: Document, top: number): () => Content {
  const width = ((kind === 'certificate' ? LYING - 80 : PAGE_WIDTH) - 140) / 2
  const { label, color } = tlpLook(content.tlp)
  const exercise = content.rehearsal ? 'EXERCISE · REHEARSAL' : 'EXERCISE'
  return () => ({
    columns: [
      { text: exercise, bold: true, width },
      { text: ` ${label} `, bold: true, color, background: '#000000', alignment: 'center', width: 140 },
      { text: `for ${words(audienceWords(content.audience), 60)}`, color: soft, alignment: 'right', width },
    ],
    fontSize: 8,
    margin: [40, top, 40, 0],
  })
}

function footerOf({ kind, content }: Document, width: number): (page: number, count: number) => Content {
  const { label } = tlpLook(content.tlp)
  const run = 'run' in content ? ` ${words(content.run, 60)}` : ''
  return (page, count) => ({
    columns: [
      { text: `${documentTitles[kind]}${run} · as of ${utcWords(content.asOf)}`, width: width - 160 },
      { text: `${label} · page ${page} of ${count}`, alignment: 'right', width: 160 },
    ],
    color: soft,
    fontSize: 7,
    margin: [40, 10, 40, 0],
  })
}
