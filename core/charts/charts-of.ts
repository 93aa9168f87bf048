import type { Chart, Charts, Comparison, Document, Metrics, SiteReport } from '../domain/document.ts'
import { timeNames } from '../domain/document-words.ts'
import type { Distribution, Report, TimeName } from '../domain/report.ts'
import { countLights, type LightRow, lightBars } from './light-bars.ts'
import { quartileRows } from './quartile-rows.ts'
import { runTimeline } from './run-timeline.ts'
import { siteTimeline } from './site-timeline.ts'
import { spreadGraph } from './spread-graph.ts'
import { stepCurve } from './step-curve.ts'
import { limitOf, timeWords } from './time-names.ts'

/** A page of more rows is read by nobody; the tables hold them all. */
const mostRows = 40

/**
 * The pictures of a document, by name, in the order in which they are shown. A run has `lights`, `heads-up`, `containment`, `closure`,
 * `timeline`, and `spread` where word was to spread; a site `site-timeline` and `place`; a comparison and metrics `lights`, `heads-up`,
 * `containment` and `closure`; the others have none. What there is nothing to draw of is left out; a reader who may see no site gets of a run the lights and the times alone.
 */
export async function chartsOf(document: Document): Promise<Charts> {
  if (document.kind === 'run') return chartsOfRun(document.content)
  if (document.kind === 'site') return chartsOfSite(document.content)
  if (document.kind === 'comparison') return chartsOfRows(runsOf(document.content))
  if (document.kind === 'metrics') return chartsOfRows(periodsOf(document.content))
  return {}
}

async function chartsOfRun(report: Report): Promise<Charts> {
  if (report.sites.length === 0) return chartsOfOthers(report)
  const asked = timeNames.filter((name) => report.times[name].of > 0)
  const curves = await Promise.all(
    asked.map((name) => stepCurve({ name, times: report.times[name], limitMs: limitOf(name, report.rules) })),
  )
  const named = asked.map((name, i) => [timeWords[name].id, curves[i]!] as const)
  const spread = report.spread === undefined ? {} : { spread: await spreadGraph(report.spread) }
  const lights = await lightBars({ id: 'lights', title: 'Lights of the sites' }, categoryRows(report))
  return { lights, ...Object.fromEntries(named), timeline: await runTimeline(report), ...spread }
}

/** For those who may see no site: what stands in the report as numbers, and no more. */
async function chartsOfOthers({ others, times, rules }: Report): Promise<Charts> {
  const known = timeNames.filter((name) => times[name].values.length > 0)
  const curves = await Promise.all(known.map((name) => stepCurve({ name, times: times[name], limitMs: limitOf(name, rules) })))
  const rows = others === undefined ? [] : [{ name: 'Overall', counts: others.lights }]
  const lights = rows.length === 0 ? {} : { lights: await lightBars({ id: 'lights', title: 'Lights of the sites' }, rows) }
  return { ...lights, ...Object.fromEntries(known.map((name, i) => [timeWords[name].id, curves[i]!])) }
}

function categoryRows({ sites }: Report): LightRow[] {
  const categories = [...new Set(sites.flatMap((site) => site.categories.map((one) => one.category)))]
  const ofCategory = (name: string) => sites.map((site) => site.categories.find((one) => one.category === name)?.light ?? 'grey')
  return [
    { name: 'Overall', counts: countLights(sites.map((site) => site.overall)) },
    ...categories.map((name) => ({ name: name.slice(0, 1).toUpperCase() + name.slice(1), counts: countLights(ofCategory(name)) })),
  ]
}

async function chartsOfSite({ site, others }: SiteReport): Promise<Charts> {
  const own = await siteTimeline(site)
  const rows = timeNames.map((name) => ({ name: timeWords[name].title, times: others?.times[name], own: site.times[name] }))
  const known = rows.flatMap(({ times, ...row }) => (times?.quartiles === undefined ? [] : [{ ...row, times }]))
  const place =
    known.length === 0 ? {} : { place: await quartileRows({ id: 'place', title: 'The own times, and those of the others' }, known) }
  return { ...(own && { 'site-timeline': own }), ...place }
}

type Group = LightRow & { times: Readonly<Record<TimeName, Distribution>> }

function runsOf({ runs }: Comparison): Group[] {
  return runs.map(({ run, origin, lights, times }) => ({ name: origin === undefined ? run : `${run} (${origin})`, counts: lights, times }))
}

function periodsOf({ periods }: Metrics): Group[] {
  return periods.map(({ period, lights, times }) => ({ name: period, counts: lights, times }))
}

/** Of the newest, which stand last. */
async function chartsOfRows(all: readonly Group[]): Promise<Charts> {
  const rows = all.slice(-mostRows)
  if (rows.length === 0) return {}
  const times = await Promise.all(timeNames.map((name) => timesChart(name, rows)))
  const lights = await lightBars({ id: 'lights', title: 'Overall lights of the sites' }, rows)
  return { lights, ...Object.fromEntries(timeNames.map((name, i) => [timeWords[name].id, times[i]!])) }
}

function timesChart(name: TimeName, rows: readonly Group[]): Promise<Chart> {
  return quartileRows(
    timeWords[name],
    rows.map((row) => ({ name: row.name, times: row.times[name] })),
  )
}
