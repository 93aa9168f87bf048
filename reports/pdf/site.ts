import type { Charts, SiteReport } from '../../core/domain/document.ts'
import {
  countWords,
  coverageWords,
  documentTitles,
  durationOf,
  timeNames,
  timeTitles,
  windowWords,
} from '../../core/domain/document-words.ts'
import type { PartyScore, Score, SiteScore } from '../../core/domain/report.ts'
import { momentWords } from '../../core/domain/zone.ts'
import { methodPart, outagesPart, signaturePart, timesPart } from './common.ts'
import {
  type Content,
  facts,
  heading,
  light,
  line,
  picture,
  section,
  soft,
  subheading,
  type TableCell,
  table,
  title,
  words,
} from './parts.ts'

type Moment = (at: number) => string

/** So much of a story fits on paper; the whole of it is in the data formats. */
const MOST_LINES = 150
const MOST_EVIDENCE = 5

const scoreColumns = [
  ['expectation', 22],
  ['light', 13],
  ['points', 9],
  ['deadline', 16],
  ['why, and the evidence', 40],
] as const

/** The report for one site. */
export function siteReportContent(data: SiteReport, charts: Charts): Content[] {
  const { site, others } = data
  const moment: Moment = (at) => momentWords(at, site.timeZone)
  const own = timeNames.map((name): [string, string] => [timeTitles[name], durationOf(site.times[name])])
  return [
    title(site.site),
    line(`${documentTitles.site}: ${data.title}`, { fontSize: 11 }),
    { columns: [light(site.overall) as Content], fontSize: 12, margin: [0, 4, 0, 4] },
    facts([
      ...placeOf(site),
      ['Run', `${data.run} of ${data.scenario}, VO ${data.vo}, ${data.phase}`],
      ['Window', windowWords(data.window)],
      ...own,
    ]),
    line(alertWords(site, moment)),
    categoryTable(site),
    ...section(
      'What to improve',
      data.improve.map((one, i) => line(`${i + 1}. ${one}`)),
    ),
    ...section('Expectations', [scoreTable(site.scores, moment)]),
    ...section(
      'Appeals',
      site.appeals.map((one) => line(appealWords(one, moment))),
    ),
    ...section(
      'Who told it',
      site.heardFrom.map((one) => line(`${moment(one.evidence.at)} ${one.from}, by ${one.how}: ${one.evidence.words}`)),
    ),
    ...section('What happened', [...picture(charts['site-timeline']), ...storyOf(site, moment)]),
    ...section(
      'Among the others',
      others === undefined
        ? []
        : [line(`${others.sites} other sites: ${countWords(others.lights)}.`), ...timesPart(others.times), ...picture(charts.place)],
    ),
    ...outagesPart(data.outages),
    ...methodPart(data),
    ...signaturePart(data.signature, [
      `${data.facts.stream}, ${data.facts.rows.length} facts, the newest ${data.facts.rows.at(-1)?.hash ?? 'none'}`,
    ]),
  ]
}

/** One light a category. */
function categoryTable({ categories }: SiteScore): Content {
  const rows = categories.map((one) => [one.category, light(one.light), `${one.points} of ${one.outOf}`, one.reason])
  return table(
    [
      ['category', 20],
      ['light', 15],
      ['points', 15],
      ['why', 50],
    ],
    rows,
  )
}

/** A site in the report of a run; `id`: where links to it lead. */
export function siteSection(site: SiteScore, id: string): Content[] {
  const moment: Moment = (at) => momentWords(at, site.timeZone)
  return [
    heading(`${site.site}: ${site.overall}`, id),
    line(
      `${placeOf(site)
        .map(([, value]) => value)
        .join(' · ')}. ${alertWords(site, moment)}`,
      { color: soft },
    ),
    scoreTable(site.scores, moment),
    ...site.appeals.map((one) => line(appealWords(one, moment))),
  ]
}

export function partySection(party: PartyScore): Content[] {
  const moment: Moment = (at) => momentWords(at, party.timeZone)
  return [subheading(`${party.name} (${party.role.toUpperCase()}): ${party.overall}`), scoreTable(party.scores, moment)]
}

function placeOf(site: SiteScore): [string, string][] {
  const depth: [string, string][] = site.depth === undefined ? [] : [['Depth', `contact depth ${site.depth} of 5`]]
  const tier: [string, string][] = site.tier === undefined ? [] : [['Tier', site.tier]]
  return [
    ['NGI', `${site.ngi}, ${site.country}`],
    ...tier,
    ['Expectations', coverageWords(site.coverage)],
    ...depth,
    ['Time zone', site.timeZone],
  ]
}

function alertWords({ alerted, isTold }: SiteScore, moment: Moment): string {
  if (alerted === undefined) return isTold ? 'The alert was not delivered.' : 'No sign that word reached it.'
  return `${isTold ? 'Alert delivered' : 'Word reached it'}: ${moment(alerted)}.`
}

function appealWords({ at, expectation, answered }: SiteScore['appeals'][number], moment: Moment): string {
  const verdict = answered === undefined ? 'not answered yet' : `${answered.granted ? 'granted' : 'not granted'}: ${answered.words}`
  return `${moment(at)} appeal against ${expectation}, ${verdict}`
}

function scoreTable(scores: readonly Score[], moment: Moment): Content {
  return table(
    scoreColumns,
    scores.map((one) => [
      `${one.title}${one.mandatory ? ' (mandatory)' : ''}`,
      light(one.light),
      `${one.points ?? '–'} of ${one.outOf}`,
      one.deadline === undefined ? '–' : moment(one.deadline),
      reasonCell(one, moment),
    ]),
  )
}

function reasonCell({ reason, computed, evidence }: Score, moment: Moment): TableCell {
  const rubric =
    computed && `An officer decided so; the rubric alone says ${computed.light}, ${computed.points ?? '–'} points: ${computed.reason}`
  const shown = evidence.slice(0, MOST_EVIDENCE).map((e) => `${moment(e.at)} ${e.words} (${e.stream}#${e.seq})`)
  const more = evidence.length > MOST_EVIDENCE ? [`and ${evidence.length - MOST_EVIDENCE} more`] : []
  const small = [...(rubric === undefined ? [] : [rubric]), ...shown, ...more]
  return { stack: [{ text: words(reason) }, ...small.map((text) => ({ text: words(text), color: soft, fontSize: 6.5 }))] }
}

function storyOf({ timeline }: SiteScore, moment: Moment): Content[] {
  if (timeline.length === 0) return []
  const rows = timeline.slice(0, MOST_LINES).map(({ at, what }) => [moment(at), what])
  const more = timeline.length - rows.length
  return [
    table(
      [
        ['when', 25],
        ['what', 75],
      ],
      rows,
    ),
    ...(more > 0 ? [line(`and ${more} more, in the data formats`)] : []),
  ]
}
