import type { Acknowledgement, Comparison, ContactReport, Metrics } from '../../core/domain/document.ts'
import { countWords, durationOf, rubricsWords, unlikeWords, windowWords } from '../../core/domain/document-words.ts'
import { md, section, table } from './text.ts'
import { timesTable } from './times.ts'

export function acknowledgementSections({ sites, of, issuer, criterion }: Acknowledgement): string[] {
  const list = sites.map(({ site, ngi, country }) => [site, ngi, country])
  return [
    `With thanks from ${md(issuer)} to ${sites.length} of the ${of} sites that took part. ${md(criterion)}.`,
    table(['site', 'NGI', 'country'], list),
  ]
}

export function comparisonSections({ runs, sites }: Comparison): string[] {
  const names = runs.map(({ run, origin }) => (origin === undefined ? run : `${run} (${origin})`))
  const lights = runs.map((one, i) => [
    ...[names[i]!, one.title, windowWords(one.window), one.sites],
    ...[countWords(one.lights), `${one.coverage.known} of ${one.coverage.of}`],
  ])
  const rows = sites.map((one) => {
    const cells = runs.map((_, i) => `${one.lights[i] ?? '–'}, ${durationOf(one.headsUp[i])}`)
    return [one.site, one.ngi, one.country, ...cells]
  })
  const unlike = unlikeWords({ runs })
  return [
    ...(unlike === undefined ? [] : [md(unlike)]),
    ...section('Runs', [table(['run', 'title', 'window', 'sites', 'lights', 'known'], lights)]),
    ...runs.flatMap((one, i) => section(`Times of ${names[i]}`, [timesTable(one.times)])),
    ...section('Sites: overall light, time to heads-up', [table(['site', 'NGI', 'country', ...names], rows)]),
  ]
}

export function metricsSections({ by, rubrics, periods }: Metrics): string[] {
  const rows = periods.map(({ period, runs, sites, lights, contacts, coverage }) => [
    ...[period, runs.join(', '), sites, countWords(lights), `${coverage.known} of ${coverage.of}`],
    ...[contacts.asked, contacts.answered, contacts.failed],
  ])
  const headings = [by, 'runs', 'sites', 'lights', 'known', 'contacts asked', 'answered', 'failed']
  return [
    md(rubricsWords({ rubrics })),
    table(headings, rows),
    ...periods.flatMap((one) => section(`Times of ${one.period}`, [timesTable(one.times)])),
  ]
}

export function contactSections({ contacts }: ContactReport): string[] {
  const rows = contacts.map((one) => [
    ...[one.who, one.role, one.address, one.accepted, one.refused, one.bounced, one.automatic, one.human],
    ...[durationOf(one.firstAnswer?.wallMs), one.depth ?? 'not known', one.words.join('; ')],
  ])
  const counts = ['accepted', 'refused', 'bounced', 'by machines', 'by people']
  return [table(['contact of', 'role', 'address', ...counts, 'first answer', 'depth', 'words'], rows)]
}
