import type { SiteReport } from '../../core/domain/document.ts'
import { countWords, durationOf, timeNames, timeTitles } from '../../core/domain/document-words.ts'
import type { PartyScore, Score, SiteScore } from '../../core/domain/report.ts'
import { momentWords } from '../../core/domain/zone.ts'
import { md, section, table } from './text.ts'
import { outageLines, timesTable } from './times.ts'

type Moment = (at: number) => string

/** A site as it stands in the report of a run. */
export function siteSection(site: SiteScore): string {
  return [`## ${md(site.site)}: ${site.overall}`, ...siteParts(site)].join('\n\n')
}

export function partySection(party: PartyScore): string {
  const moment = (at: number) => momentWords(at, party.timeZone)
  return [`## ${md(party.name)}: ${party.overall}`, `Times in ${md(party.timeZone)}.`, ...ruleLines(party.scores, moment)].join('\n\n')
}

/** The sections of the report for one site. */
export function siteReportSections(data: SiteReport): string[] {
  const { site, others } = data
  const own = timeNames.map((name) => [timeTitles[name], durationOf(site.times[name])])
  return [
    ...section(`Light: ${site.overall}`, [table(['time', 'yours'], own), ...siteParts(site)]),
    ...section('What to improve', data.improve.length === 0 ? [] : [data.improve.map((one) => `- ${md(one)}`).join('\n')]),
    ...section(
      'The others',
      others === undefined ? [] : [`${others.sites} other sites: ${countWords(others.lights)}.`, timesTable(others.times)],
    ),
    ...section('Our outages', [outageLines(data.outages)]),
    ...section('Facts', [
      `${data.facts.rows.length} facts of ${md(data.facts.stream)}; the newest: ${md(data.facts.rows.at(-1)?.hash ?? 'none')}.`,
    ]),
  ]
}

function siteParts(site: SiteScore): string[] {
  const moment = (at: number) => momentWords(at, site.timeZone)
  const told = site.isTold ? 'Alert delivered' : 'Word reached it'
  const alerted = site.alerted === undefined ? '' : ` ${told}: ${moment(site.alerted)}.`
  const depth = site.depth === undefined ? '' : ` Depth of the contact: ${site.depth} of 5.`
  return [
    `Times in ${md(site.timeZone)}.${alerted}${depth}`,
    ...ruleLines(site.scores, moment),
    ...lines(site.heardFrom, (one) => `${moment(one.evidence.at)} heard from ${md(one.from)} by ${md(one.how)}`),
    ...lines(site.appeals, (one) => appealWords(one, moment)),
    ...lines(site.timeline, (one) => `${moment(one.at)} ${md(one.what)}`),
  ]
}

function lines<T>(all: readonly T[], words: (one: T) => string): string[] {
  return all.length === 0 ? [] : [all.map((one) => `- ${words(one)}`).join('\n')]
}

function appealWords({ at, expectation, answered }: SiteScore['appeals'][number], moment: Moment): string {
  const verdict = answered === undefined ? 'not answered yet' : `${answered.granted ? 'granted' : 'not granted'}: ${md(answered.words)}`
  return `${moment(at)} appeal against ${md(expectation)}, ${verdict}`
}

/** Each expectation with its light, its reason and its evidence. */
function ruleLines(scores: readonly Score[], moment: Moment): string[] {
  const all = scores.flatMap((s) => [
    `- **${s.light}** ${md(s.title)}: ${s.points ?? '–'} of ${s.outOf}${s.mandatory ? ', mandatory' : ''}. ${md(s.reason)}.`,
    ...(s.computed === undefined
      ? []
      : [
          `  - decided by an officer; the rubric alone says ${s.computed.light}, ${s.computed.points ?? '–'} points: ${md(s.computed.reason)}`,
        ]),
    ...(s.deadline === undefined ? [] : [`  - deadline ${moment(s.deadline)}`]),
    ...s.evidence.map((e) => `  - ${moment(e.at)} ${md(e.words)} (${md(`${e.stream}#${e.seq}`)})`),
  ])
  return all.length === 0 ? [] : [all.join('\n')]
}
