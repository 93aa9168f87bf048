import { banWords } from '../../core/domain/access.ts'
import { EMPTY_WORDS, isEmpty } from '../../core/domain/audience.ts'
import type { Charts } from '../../core/domain/document.ts'
import { countWords, coverageWords, documentTitles, durationOf, lightMeanings, windowWords } from '../../core/domain/document-words.ts'
import { lights } from '../../core/domain/lights.ts'
import type { Light, Report, SiteScore } from '../../core/domain/report.ts'
import { compareText } from '../../core/domain/text.ts'
import { utcWords } from '../../core/domain/zone.ts'
import { methodPart, outagesPart, signaturePart, timesPart } from './common.ts'
import {
  type Columns,
  type Content,
  facts,
  heading,
  light,
  line,
  linked,
  picture,
  pictures,
  section,
  soft,
  table,
  title,
  words,
} from './parts.ts'
import { partySection, siteSection } from './site.ts'

/** Of those that told each other, what fits on some pages. */
const MOST_TOLD = 200

/** The report of a run. */
export function runContent(data: Report, charts: Charts): Content[] {
  const sites = [...data.sites].sort(
    (a, b) => compareText(a.ngi, b.ngi) || compareText(a.country, b.country) || compareText(a.site, b.site),
  )
  return [
    ...firstPage(data, charts),
    ...lightsPart(sites),
    ...(isEmpty(data) ? [] : timesSection(data, charts)),
    ...spreadPart(data, charts),
    ...section('Other parties', data.parties.flatMap(partySection)),
    ...accessPart(sites),
    ...section('What happened', [
      ...picture(charts.timeline),
      table(
        [
          ['when', 25],
          ['what', 75],
        ],
        data.timeline.map(({ at, what }) => [utcWords(at), what]),
      ),
    ]),
    ...outagesPart(data.outages),
    ...methodPart(data),
    ...(sites.length === 0 ? [] : [{ text: '', pageBreak: 'before' as const }, heading('Each site')]),
    ...sites.flatMap((site, i) => siteSection(site, anchor(i))),
    ...signaturePart(
      data.signature,
      data.heads.map(({ stream, seq, hash }) => `${stream}#${seq} ${hash}`),
    ),
  ]
}

function firstPage(data: Report, charts: Charts): Content[] {
  return [
    title(data.title),
    line(`${documentTitles.run} ${data.run}`, { fontSize: 11 }),
    facts([
      ['Scenario', data.scenario],
      ['Window', windowWords(data.window)],
      ['VO', data.vo],
      ['State', data.phase],
      ['Sites', sitesWords(data)],
      ...(isEmpty(data) ? [] : [['Expectations', coverageWords(data.coverage)] as [string, string]]),
      ['As of', utcWords(data.asOf)],
      ['Plan', data.planHash],
    ]),
    table(
      [
        ['light', 18],
        ['means', 82],
      ],
      lightMeanings.map((one) => [light(one.light), one.meaning]),
    ),
    ...picture(charts.lights),
  ]
}

/** How many sites have which light; of the others only where so many stand behind it that none is told of. */
function sitesWords(data: Report): string {
  const { sites, others } = data
  if (isEmpty(data)) return EMPTY_WORDS
  const own = sites.length === 0 ? [] : [`${sites.length}: ${countWords(countsOf(sites))}.`]
  const rest = others === undefined ? [] : [`${others.sites}${own.length === 0 ? '' : ' others'}: ${countWords(others.lights)}.`]
  return [...own, ...rest].join(' ')
}

function lightsPart(sites: readonly SiteScore[]): Content[] {
  if (sites.length === 0) return []
  return [
    ...section('Lights of the sites', [lightsTable(sites)]),
    ...section('By country', [groupTable(sites, ({ country }) => country)]),
    ...(sites.some(({ tier }) => tier !== undefined) ? section('By tier', [groupTable(sites, ({ tier }) => tier ?? 'not known')]) : []),
  ]
}

function timesSection(data: Report, charts: Charts): Content[] {
  const drawn = pictures(['heads-up', 'containment', 'closure'].map((name) => charts[name]))
  return section('Times', [...timesPart(data.times), ...drawn])
}

function anchor(i: number): string {
  return `site-${i + 1}`
}

/** Each light leads to the site's own section, where its evidence stands. */
function lightsTable(sites: readonly SiteScore[]): Content {
  const categories = [...new Set(sites.flatMap((s) => s.categories.map((c) => c.category)))]
  const columns: Columns = [
    ...([
      ['site', 70],
      ['NGI', 40],
      ['country', 32],
      ['tier', 28],
      ['overall', 38],
    ] as const),
    // A name that is not broken, over a mark and a word.
    ...categories.map((name) => [name, Math.max(38, 4.6 * name.length)] as const),
    ...([
      ['heads-up', 48],
      ['contained', 48],
      ['known', 28],
    ] as const),
  ]
  const rows = sites.map((site, i) => [
    ...[linked(site.site, anchor(i)), words(site.ngi, 60), words(site.country, 30), words(site.tier ?? '–', 30)],
    light(site.overall, anchor(i)),
    ...categories.map((name) => light(site.categories.find((c) => c.category === name)?.light ?? 'grey', anchor(i))),
    ...[durationOf(site.times.headsUp), durationOf(site.times.containment), `${site.coverage.known} of ${site.coverage.of}`],
  ])
  return table(columns, rows)
}

function countsOf(sites: readonly SiteScore[]): Record<Light, number> {
  return Object.fromEntries(lights.map((name) => [name, sites.filter((s) => s.overall === name).length])) as Record<Light, number>
}

function groupTable(sites: readonly SiteScore[], nameOf: (site: SiteScore) => string): Content {
  const names = [...new Set(sites.map(nameOf))].sort(compareText)
  const rows = names.map((name) => {
    const own = sites.filter((site) => nameOf(site) === name)
    const counts = countsOf(own)
    return [name, own.length, ...lights.map((one) => counts[one])]
  })
  return table([['', 30], ['sites', 12], ...lights.map((name) => [name, 12] as const)], rows)
}

function spreadPart({ spread }: Report, charts: Charts): Content[] {
  if (spread === undefined) return []
  const { alertedMs, told, heard, contained, of, everywhereMs } = spread
  const rows = told
    .slice(0, MOST_TOLD)
    .map((one) => [
      ...[one.from, one.to, one.how, alertedMs === undefined ? utcWords(one.at) : durationOf(one.at - alertedMs)],
      `${one.evidence.words} (${one.evidence.stream}#${one.evidence.seq})`,
    ])
  const everywhere = everywhereMs === undefined ? 'not contained everywhere' : `contained everywhere after ${durationOf(everywhereMs)}`
  return section('How the word spread', [
    line(`Alerted: ${spread.alerted ?? 'no site'}. Of ${of} sites ${heard} heard of it and ${contained} contained it; ${everywhere}.`),
    ...picture(charts.spread),
    table(
      [
        ['from', 18],
        ['to', 18],
        ['how', 10],
        ['after the alert', 14],
        ['evidence', 40],
      ],
      rows,
    ),
    ...(told.length > MOST_TOLD ? [line(`and ${told.length - MOST_TOLD} more, in the data formats`)] : []),
  ])
}

function accessPart(sites: readonly SiteScore[]): Content[] {
  const rows = sites.flatMap((site, i) =>
    site.access.map((one) => {
      const banned = one.banned === undefined ? '–' : banWords(one.banned, site.alerted ?? one.banned.byMs)
      return [linked(site.site, anchor(i)), one.service, one.endpoint, one.attacker, one.control, one.revoked ?? '–', banned]
    }),
  )
  const columns = [
    ['site', 16],
    ['service', 12],
    ['endpoint', 24],
    ['malicious', 11],
    ['control', 11],
    ['revoked', 11],
    ['banned', 24],
  ] as const
  const findings = sites.flatMap((site) => site.findings.map((one) => line(`${site.site}, ${one.service}: ${one.what}`, { color: soft })))
  return section('Access', [...(rows.length === 0 ? [] : [table(columns, rows)]), ...findings])
}
