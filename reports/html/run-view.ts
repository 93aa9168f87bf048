import { EMPTY_WORDS, isEmpty } from '../../core/domain/audience.ts'
import { durationOf, lightMeanings, timeRows, windowWords } from '../../core/domain/document-words.ts'
import { lights } from '../../core/domain/lights.ts'
import type { Light, PartyScore, Report, SiteScore, Spread } from '../../core/domain/report.ts'
import { compareText, durationWords } from '../../core/domain/text.ts'
import { momentWords, utcWords } from '../../core/domain/zone.ts'
import { accessView, fromWords, headOfSite, scoreView, siteView } from './site-view.ts'
import { countView, methodView, outagesView } from './words.ts'

/** How many of those that told each other fit on a page. */
const mostTold = 200

type Placed = SiteScore & { anchor: string }

const phases: Record<Report['phase'], string> = {
  planned: 'planned, not approved yet',
  approved: 'approved, not launched yet',
  running: 'running: lights may still change',
  stopped: 'stopped before its end',
  ended: 'ended',
}

/** What the run's page shows: texts and numbers only, made ready. */
export function runView(data: Report) {
  const inOrder = [...data.sites].sort(
    (a, b) => compareText(a.ngi, b.ngi) || compareText(a.country, b.country) || compareText(a.site, b.site),
  )
  const sites = inOrder.map((site, i): Placed => ({ ...site, anchor: `site-${i + 1}` }))
  const categories = [...new Set(sites.flatMap((s) => s.categories.map((c) => c.category)))]
  return {
    ...{ run: data.run, scenario: data.scenario, title: data.title, vo: data.vo, planHash: data.planHash, rubric: data.rubric },
    ...{ phase: phases[data.phase], window: windowWords(data.window), count: sites.length, categories, legend: lightMeanings },
    counts: countView(countsOf(sites)),
    coverage: { ...data.coverage, share: data.coverage.of === 0 ? '–' : `${Math.round((100 * data.coverage.known) / data.coverage.of)} %` },
    times: timeRows(data.times),
    empty: isEmpty(data) ? EMPTY_WORDS : null,
    others: data.others === undefined ? null : { sites: data.others.sites, counts: countView(data.others.lights) },
    ngis: groupsOf(sites, ({ ngi }) => ngi).map(({ name, of }) => ({ name, rows: of.map((site) => rowOf(site, categories)) })),
    groups: [groupTable('Country', sites, ({ country }) => country), ...tierTable(sites)],
    spread: data.spread === undefined ? null : spreadView(data.spread),
    parties: data.parties.map(partyView),
    access: sites.flatMap((site) => site.access.map((one) => ({ anchor: site.anchor, site: site.site, ...accessView(one, site) }))),
    findings: sites.flatMap(({ anchor, site, findings }) => findings.map((one) => ({ anchor, site, ...one }))),
    timeline: data.timeline.map(({ at, what }) => ({ at: utcWords(at), what })),
    sites: sites.map((site) => siteView(site, site.anchor)),
    method: methodView(data.rules),
    outages: outagesView(data.outages),
    heads: data.heads,
    signature: data.signature ?? null,
  }
}

function countsOf(sites: readonly SiteScore[]): Record<Light, number> {
  return Object.fromEntries(lights.map((light) => [light, sites.filter((s) => s.overall === light).length])) as Record<Light, number>
}

type Group = { name: string; of: Placed[] }

function groupsOf(sites: readonly Placed[], nameOf: (site: SiteScore) => string): Group[] {
  const groups = new Map<string, Placed[]>()
  for (const site of sites) {
    const group = groups.get(nameOf(site))
    if (group) group.push(site)
    else groups.set(nameOf(site), [site])
  }
  return [...groups].map(([name, of]) => ({ name, of })).sort((a, b) => compareText(a.name, b.name))
}

function groupTable(by: string, sites: readonly Placed[], nameOf: (site: SiteScore) => string) {
  const rows = groupsOf(sites, nameOf).map(({ name, of }) => ({ name, counts: countView(countsOf(of)), sites: of.map(markOf) }))
  return { by, rows }
}

function tierTable(sites: readonly Placed[]) {
  return sites.some(({ tier }) => tier !== undefined) ? [groupTable('Tier', sites, ({ tier }) => tier ?? 'not known')] : []
}

function markOf({ anchor, site, overall }: Placed) {
  return { anchor, site, overall }
}

function rowOf(site: Placed, categories: readonly string[]) {
  return {
    ...headOfSite(site, site.anchor),
    lights: categories.map((name) => ({ light: lightOf(site, name), anchor: anchorOfCategory(site, name) })),
    headsUp: durationOf(site.times.headsUp),
    containment: site.times.containment === 0 ? 'before the alert' : durationOf(site.times.containment),
  }
}

function lightOf(site: SiteScore, category: string): Light {
  return site.categories.find((c) => c.category === category)?.light ?? 'grey'
}

/** The expectation that a category's light comes from. */
function anchorOfCategory(site: Placed, category: string): string {
  const ofCategory = site.scores.map((s, i) => ({ ...s, i })).filter((s) => s.category === category)
  const cause = ofCategory.find((s) => s.light === lightOf(site, category)) ?? ofCategory[0]
  return cause ? `${site.anchor}-${cause.i + 1}` : site.anchor
}

function partyView({ name, role, timeZone, scores }: PartyScore) {
  const rows = scores.map((score) => scoreView(score, (at) => momentWords(at, timeZone)))
  return { name, role: role.toUpperCase(), rows }
}

function spreadView({ alerted, alertedMs, told, heard, contained, of, everywhereMs }: Spread) {
  const shown = told.slice(0, mostTold).map(({ from, to, at, how, evidence }) => ({
    ...{ from: fromWords(from), to, how, at: utcWords(at), place: `${evidence.stream}#${evidence.seq}`, words: evidence.words },
    after: alertedMs === undefined ? '–' : durationWords(at - alertedMs),
  }))
  const everywhere = everywhereMs === undefined ? 'Not contained everywhere.' : `Contained everywhere after ${durationWords(everywhereMs)}.`
  return { alerted: alerted ?? 'no site', told: shown, more: told.length - shown.length, heard, contained, of, everywhere }
}
