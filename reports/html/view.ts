import { banWords } from '../../core/domain/access.ts'
import type { Light, PartyScore, Report, SiteScore } from '../../core/domain/report.ts'
import { durationWords, plainLine, visibleText } from '../../core/domain/text.ts'
import { momentWords, utcWords } from '../../core/domain/zone.ts'
import { barOf } from './bars.ts'
import { median, quantile } from './statistics.ts'

/** How much of a site's story fits on a page; the whole of it is in the data formats. */
const timelineLines = 150

/** What the template shows: texts and numbers only, made ready. */
export function viewOf(data: Report) {
  const sites = [...data.sites].sort((a, b) => order(a.ngi, b.ngi) || order(a.country, b.country) || order(a.site, b.site))
  const categories = [...new Set(sites.flatMap((s) => s.categories.map((c) => c.category)))]
  return clean({
    run: data.run,
    scenario: data.scenario,
    vo: data.vo,
    rehearsal: data.rehearsal,
    phase: phases[data.phase],
    tlp: data.tlp,
    tlpClass: data.tlp.replace(/^TLP:/, '').replace(/\W.*/, '').toLowerCase(),
    audience: data.audience,
    asOf: utcWords(data.asOf),
    window: { from: day(data.window.from), to: day(data.window.to) },
    rubric: data.rubric,
    planHash: data.planHash,
    count: sites.length,
    summary: [
      barOf(
        'overall',
        sites.map((s) => s.overall),
      ),
      ...categories.map((name) =>
        barOf(
          name,
          sites.map((s) => lightOf(s, name)),
        ),
      ),
    ],
    times: timesOf(sites),
    legend: legend.map(([light, meaning]) => ({ light, meaning })),
    categories,
    rows: sites.map((site, i) => rowOf(site, i, categories)),
    access: sites.flatMap((site, i) => site.access.map((one) => ({ anchor: anchorOf(i), site: site.site, ...accessView(one, site) }))),
    findings: sites.flatMap((site, i) => site.findings.map((one) => ({ anchor: anchorOf(i), site: site.site, ...one }))),
    parties: data.parties.map(partyOf),
    sites: sites.map(siteOf),
    rules: rulesOf(sites),
    outages: data.outages.map((o) => ({
      from: utcWords(o.fromMs),
      until: utcWords(o.untilMs),
      lasted: durationWords(o.untilMs - o.fromMs),
      what: o.what,
    })),
    heads: data.heads,
    signature: data.signature ?? null,
  })
}

const phases: Record<Report['phase'], string> = {
  planned: 'planned, not approved yet',
  approved: 'approved, not launched yet',
  running: 'running: lights may still change',
  stopped: 'stopped before its end',
  ended: 'ended',
}

const legend: readonly [Light, string][] = [
  ['green', 'in time'],
  ['amber', 'late, or in part'],
  ['red', 'the alert was delivered, we were up, the deadline passed, nothing came'],
  ['grey', 'not known: the alert bounced, our side was down, or the job never started'],
  ['pending', 'the deadline has not passed'],
]

/** What the table's row and the site's own section both begin with. */
function headOf({ site, ngi, country, overall, coverage }: SiteScore, index: number) {
  return { anchor: anchorOf(index), site, ngi, country, overall, known: `${coverage.known} of ${coverage.of}` }
}

function rowOf(site: SiteScore, index: number, categories: readonly string[]) {
  return {
    ...headOf(site, index),
    lights: categories.map((name) => ({ light: lightOf(site, name), anchor: anchorOfCategory(site, index, name) })),
    headsUp: durationOf(site.times.headsUp),
    containment: site.times.containment === 0 ? 'before the alert' : durationOf(site.times.containment),
  }
}

function siteOf(site: SiteScore, index: number) {
  const moment = (at: number) => momentWords(at, site.timeZone)
  const shown = site.timeline.slice(0, timelineLines)
  return {
    ...headOf(site, index),
    timeZone: site.timeZone,
    alerted: site.alerted === undefined ? 'not delivered' : moment(site.alerted),
    scores: site.scores.map((score, i) => ({
      anchor: `${anchorOf(index)}-${i + 1}`,
      light: score.light,
      title: score.title,
      mandatory: score.mandatory,
      points: score.points === null ? '–' : String(score.points),
      outOf: String(score.outOf),
      deadline: score.deadline === undefined ? 'none' : moment(score.deadline),
      reason: score.reason,
      evidence: score.evidence.map((e) => ({ at: moment(e.at), words: e.words, place: `${e.stream}#${e.seq}` })),
    })),
    timeline: shown.map((t) => ({ at: moment(t.at), what: t.what })),
    more: site.timeline.length - shown.length,
  }
}

/** One party of the whole run, with a row for each expectation. */
function partyOf({ name, role, timeZone, overall, scores }: PartyScore) {
  const moment = (at: number) => momentWords(at, timeZone)
  const rows = scores.map((score) => ({
    light: score.light,
    title: score.title,
    points: `${score.points ?? '–'} of ${score.outOf}`,
    reason: score.reason,
    deadline: score.deadline === undefined ? 'none' : moment(score.deadline),
    evidence: score.evidence.map((e) => ({ at: moment(e.at), words: e.words, place: `${e.stream}#${e.seq}` })),
  }))
  return { name, role: role.toUpperCase(), overall, rows }
}

/** One row of the matrix: a service, and how it treats each identity. */
function accessView(one: SiteScore['access'][number], { timeZone, alerted }: SiteScore) {
  return {
    service: one.service,
    endpoint: one.endpoint,
    attacker: one.attacker,
    control: one.control,
    revoked: one.revoked ?? '–',
    since: momentWords(one.since.byMs, timeZone),
    banned: one.banned === undefined ? '–' : banWords(one.banned, alerted ?? one.banned.byMs),
    words: one.attacker === 'accepted' ? '' : plainLine(one.words, 200),
  }
}

/** The expectation that a category's light comes from. */
function anchorOfCategory(site: SiteScore, index: number, category: string): string {
  const ofCategory = site.scores.map((s, i) => ({ ...s, i })).filter((s) => s.category === category)
  const cause = ofCategory.find((s) => s.light === lightOf(site, category)) ?? ofCategory[0]
  return cause ? `${anchorOf(index)}-${cause.i + 1}` : anchorOf(index)
}

function rulesOf(sites: readonly SiteScore[]) {
  return (sites[0]?.scores ?? []).map(({ title, category, outOf, mandatory }) => ({ title, category, outOf: String(outOf), mandatory }))
}

function timesOf(sites: readonly SiteScore[]) {
  const named = [
    ['Heads-up', 'headsUp'],
    ['Containment', 'containment'],
    ['Closure report', 'closure'],
  ] as const
  return named.map(([name, key]) => {
    const sorted = sites.flatMap((s) => s.times[key] ?? []).sort((a, b) => a - b)
    const [lower, middle, upper] = [quantile(sorted, 0.25), median(sorted), quantile(sorted, 0.75)].map(durationOf)
    return { name, sites: String(sorted.length), lower, middle, upper }
  })
}

function lightOf(site: SiteScore, category: string): Light {
  return site.categories.find((c) => c.category === category)?.light ?? 'grey'
}

function anchorOf(index: number): string {
  return `site-${index + 1}`
}

function durationOf(ms: number | undefined): string {
  return ms === undefined ? '–' : durationWords(ms)
}

/** `2027-01-11 08:00 Z`, as the plan says it. */
function day(moment: string): string {
  return plainLine(moment, 40)
    .replace('T', ' ')
    .replace(/:00(\.0+)?(?=Z|[+-])/, ' ')
    .replace(/ ?Z/, ' UTC')
}

/** No character of any text may act on the page around it; escaping is the template's part. */
function clean<T>(value: T): T {
  if (typeof value === 'string') return visibleText(value) as T
  if (Array.isArray(value)) return value.map(clean) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, clean(v)])) as T
}

/** By code units: the same on every machine. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
