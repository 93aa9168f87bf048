import { banWords } from '../../core/domain/access.ts'
import type { SiteReport } from '../../core/domain/document.ts'
import { durationOf, timeNames, timeRows, timeTitles, windowWords } from '../../core/domain/document-words.ts'
import type { Score, SiteScore } from '../../core/domain/report.ts'
import { plainLine } from '../../core/domain/text.ts'
import { momentWords } from '../../core/domain/zone.ts'
import { countView, methodView, outagesView } from './words.ts'

/** How much of a site's story fits on a page; the whole of it is in the data formats. */
const timelineLines = 150

type Moment = (at: number) => string

/** A site with all its expectations and their evidence, as in its own page and in the run's. */
export function siteView(site: SiteScore, anchor: string) {
  const moment: Moment = (at) => momentWords(at, site.timeZone)
  const shown = site.timeline.slice(0, timelineLines)
  return {
    ...headOfSite(site, anchor),
    timeZone: site.timeZone,
    alerted: alertWords(site, moment),
    scores: site.scores.map((score, i) => ({
      ...scoreView(score, moment),
      anchor: `${anchor}-${i + 1}`,
      appeals: appealsOf(site, score, moment),
    })),
    heardFrom: site.heardFrom.map(({ from, how, evidence }) => ({ from: fromWords(from), how, ...evidenceView(evidence, moment) })),
    timeline: shown.map((t) => ({ at: moment(t.at), what: t.what })),
    more: site.timeline.length - shown.length,
  }
}

export function headOfSite({ site, ngi, country, tier, overall, coverage, depth }: SiteScore, anchor: string) {
  const known = `${coverage.known} of ${coverage.of}`
  return { anchor, site, ngi, country, tier: tier ?? '–', overall, known, depth: depth === undefined ? 'not known' : `${depth} of 5` }
}

function alertWords({ alerted, isTold }: SiteScore, moment: Moment): string {
  if (alerted === undefined) return isTold ? 'The alert was not delivered.' : 'No sign that word reached it.'
  return `${isTold ? 'Alert delivered' : 'Word reached it'}: ${moment(alerted)}.`
}

export function fromWords(from: string): string {
  if (from === 'csirt') return 'the CSIRT'
  return from === 'unknown' ? 'not known' : from
}

/** Of an expectation, of a site or a party. `was`: what the rubric alone says, where an officer decided otherwise. */
export function scoreView(score: Score, moment: Moment) {
  const { light, title, mandatory, points, outOf, deadline, reason, evidence, computed } = score
  return {
    ...{ light, title, mandatory, reason, outOf, points: pointsWords(points) },
    deadline: deadline === undefined ? 'none' : moment(deadline),
    evidence: evidence.map((one) => evidenceView(one, moment)),
    was: computed === undefined ? null : { ...computed, points: pointsWords(computed.points) },
  }
}

function pointsWords(points: number | null): string {
  return points === null ? '–' : String(points)
}

function evidenceView({ at, words, stream, seq }: Score['evidence'][number], moment: Moment) {
  return { at: moment(at), words, place: `${stream}#${seq}` }
}

function appealsOf({ appeals }: SiteScore, { expectation }: Score, moment: Moment) {
  const own = appeals.filter((one) => one.expectation === expectation)
  return own.map(({ at, answered }) => ({
    at: moment(at),
    answer: answered === undefined ? null : { ...answered, at: moment(answered.at), verdict: answered.granted ? 'granted' : 'not granted' },
  }))
}

/** One row of the matrix: a service, and how it treats each identity. */
export function accessView(one: SiteScore['access'][number], { timeZone, alerted }: SiteScore) {
  return {
    ...{ service: one.service, endpoint: one.endpoint, attacker: one.attacker, control: one.control, revoked: one.revoked ?? '–' },
    since: momentWords(one.since.byMs, timeZone),
    banned: one.banned === undefined ? '–' : banWords(one.banned, alerted ?? one.banned.byMs),
    words: one.attacker === 'accepted' ? '' : plainLine(one.words, 200),
  }
}

/** What the page of one site shows. */
export function siteReportView(data: SiteReport) {
  const { site, others } = data
  return {
    ...{ run: data.run, scenario: data.scenario, title: data.title, vo: data.vo, phase: data.phase, window: windowWords(data.window) },
    ...{ rubric: data.rubric, improve: data.improve, outages: outagesView(data.outages), method: methodView(data.rules) },
    site: siteView(site, 'site'),
    categories: site.categories,
    times: timeNames.map((name) => ({ words: timeTitles[name], own: durationOf(site.times[name]) })),
    access: site.access.map((one) => accessView(one, site)),
    findings: site.findings,
    others: others === undefined ? null : { sites: others.sites, counts: countView(others.lights), times: timeRows(others.times) },
    facts: { stream: data.facts.stream, count: data.facts.rows.length, newest: data.facts.rows.at(-1)?.hash ?? '–' },
    signature: data.signature ?? null,
  }
}
