import type { Acknowledgement, Charts, Comparison, Metrics } from '../../core/domain/document.ts'
import {
  countWords,
  coverageWords,
  documentTitles,
  durationOf,
  rubricsWords,
  unlikeWords,
  windowWords,
} from '../../core/domain/document-words.ts'
import { timesPart } from './common.ts'
import { type Content, light, line, picture, section, table, title } from './parts.ts'

const chartNames = ['lights', 'heads-up', 'containment', 'closure'] as const

export function acknowledgementContent({ title: name, run, window, issuer, criterion, sites, of }: Acknowledgement): Content[] {
  const rows = sites.map(({ site, ngi, country }) => [site, ngi, country])
  return [
    title(documentTitles.acknowledgement),
    line(name, { fontSize: 12 }),
    line(`${run}, ${windowWords(window)}`),
    line(`With thanks from ${issuer} to ${sites.length} of the ${of} sites that took part. ${criterion}.`, { margin: [0, 8, 0, 8] }),
    table(
      [
        ['site', 45],
        ['NGI', 35],
        ['country', 20],
      ],
      rows,
    ),
  ]
}

export function comparisonContent({ rubric, runs, sites }: Comparison, charts: Charts): Content[] {
  const names = runs.map(({ run, origin }) => (origin === undefined ? run : `${run} (${origin})`))
  const of = runs.map((one, i) => [
    names[i]!,
    one.title,
    windowWords(one.window),
    one.sites,
    countWords(one.lights),
    coverageWords(one.coverage),
  ])
  const unlike = unlikeWords({ runs })
  return [
    title(documentTitles.comparison),
    line(`All scored with the rubric ${rubric.id}, version ${rubric.version}: ${rubric.title}.`),
    ...(unlike === undefined ? [] : [line(unlike)]),
    table(
      [
        ['run', 20],
        ['title', 24],
        ['window', 16],
        ['sites', 7],
        ['lights', 19],
        ['expectations', 14],
      ],
      of,
    ),
    ...chartNames.flatMap((name) => picture(charts[name])),
    ...runs.flatMap((one, i) => section(`Times of ${names[i]}`, timesPart(one.times))),
    ...pagesOf(names).flatMap(({ from, names: some }) =>
      section('Sites: overall light, time to heads-up', [sitesTable(sites, some, from)]),
    ),
  ]
}

/** So many runs stand beside each other on a page. */
const ACROSS = 4

function pagesOf(names: readonly string[]): { from: number; names: string[] }[] {
  const starts = names.flatMap((_, i) => (i % ACROSS === 0 ? [i] : []))
  return starts.map((from) => ({ from, names: names.slice(from, from + ACROSS) }))
}

function sitesTable(sites: Comparison['sites'], names: readonly string[], from: number): Content {
  const rows = sites.map((one) => [
    ...[one.site, one.ngi, one.country],
    ...names.flatMap((_, i) => {
      const found = one.lights[from + i] ?? null
      return found === null ? ['–', '–'] : [light(found), durationOf(one.headsUp[from + i])]
    }),
  ])
  return table([['site', 26], ['NGI', 20], ['country', 11], ...names.flatMap((name) => [[name, 15] as const, ['', 13] as const])], rows)
}

export function metricsContent({ by, rubrics, periods }: Metrics, charts: Charts): Content[] {
  const rows = periods.map(({ period, runs, sites, lights, contacts, coverage }) => [
    ...[period, runs.join(', ') || '–', sites, countWords(lights), coverageWords(coverage)],
    `${contacts.answered} of ${contacts.asked}, ${contacts.failed} failed`,
  ])
  return [
    title(`${documentTitles.metrics} by ${by}`),
    line(rubricsWords({ rubrics })),
    table(
      [
        [by, 12],
        ['runs', 22],
        ['sites', 8],
        ['lights', 22],
        ['expectations', 18],
        ['contacts that answered', 18],
      ],
      rows,
    ),
    ...chartNames.flatMap((name) => picture(charts[name])),
    ...periods.flatMap((one) => section(`Times of ${one.period}`, timesPart(one.times))),
  ]
}
