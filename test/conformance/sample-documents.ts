import type { Document, DocumentKind, Documents } from '../../core/domain/document.ts'
import { lights } from '../../core/domain/lights.ts'
import type { Distribution, Light, Report, SiteScore, Spread, TimeName } from '../../core/domain/report.ts'
import { sampleParties } from '../domain/one-party.ts'
import { sampleReport } from '../domain/sample-run.ts'
import { launchMs } from '../domain/sample-sites.ts'

const hour = 3_600_000
const timeNames: readonly TimeName[] = ['headsUp', 'containment', 'closure']
const signature = { algorithm: 'Ed25519' as const, publicKey: 'MCowBQYDK2VwAyEA', value: 'c2lnbmF0dXJl' }

/** One document of each kind, of a run with so many sites that behave in every way that we know of. */
export function sampleDocuments(sites = 40): { [Kind in DocumentKind]: Document & { kind: Kind } } {
  const run = sampleRunReport(sites)
  return {
    run: { kind: 'run', content: run },
    site: { kind: 'site', content: sampleSiteReport(run) },
    certificate: { kind: 'certificate', content: { ...headOf(run), ...certified(run), signature } },
    acknowledgement: { kind: 'acknowledgement', content: sampleAcknowledgement(run) },
    comparison: { kind: 'comparison', content: sampleComparison(run) },
    metrics: { kind: 'metrics', content: sampleMetrics(run) },
    contacts: { kind: 'contacts', content: sampleContacts(run) },
  }
}

/** Everything that a run's report can hold: parties, an override, appeals, tiers, and who told whom. */
export function sampleRunReport(sites = 40): Report {
  const base = sampleReport({ seed: 1, sites })
  const own = base.sites.map((site, i): SiteScore => ({ ...site, tier: `Tier ${1 + (i % 3)}`, ...(i === 0 ? disputed(site) : {}) }))
  return {
    ...base,
    title: 'Jobs of a stolen certificate at 40 sites',
    sites: own,
    parties: sampleParties(),
    times: timesOf(own),
    coverage: { known: own.reduce((sum, s) => sum + s.coverage.known, 0), of: own.reduce((sum, s) => sum + s.coverage.of, 0) },
    timeline: [
      { at: launchMs - 24 * hour, what: 'the plan was made by Officer Three' },
      { at: launchMs, what: 'launched by Officer Two' },
      { at: launchMs + 5.5 * hour, what: 'our side was down for 30 min: The listener was restarted' },
      { at: base.asOf, what: 'the run ended' },
    ],
    signature,
  }
}

/** With an officer's own decision and two appeals. */
function disputed(site: SiteScore): Partial<SiteScore> {
  const [first, ...rest] = site.scores
  if (first === undefined) return {}
  const computed = { light: 'red' as const, points: 0, reason: 'nothing came' }
  const answered = { at: launchMs + 300 * hour, granted: true, words: 'The mail was in our own quarantine', by: 'Ada' }
  return {
    scores: [{ ...first, computed, reason: 'decided by Ada: the answer came by phone' }, ...rest],
    appeals: [
      { appeal: 'a1', expectation: first.expectation, at: launchMs + 200 * hour, answered },
      { appeal: 'a2', expectation: rest[0]?.expectation ?? first.expectation, at: launchMs + 210 * hour },
    ],
  }
}

/** Of a run that alerts one site: each tells some others, later ones more slowly; a few are never told. */
export function sampleSpread(sites: readonly string[]): Spread {
  const heard = sites.slice(0, Math.ceil(sites.length * 0.9))
  const told = heard.slice(1).map((to, i) => {
    const at = launchMs + Math.round(hour * 0.4 * 1.5 ** Math.min(14, Math.sqrt(i + 1)))
    const evidence = { stream: `challenge/r/${to}`, seq: 3, at, words: `${to} says how it heard` }
    const from = i % 7 === 6 ? 'unknown' : (sites[Math.floor(i / 5)] ?? 'csirt')
    return { from, to, at, how: i % 3 === 0 ? 'mail' : 'phone', evidence }
  })
  const alerted = sites[0] === undefined ? {} : { alerted: sites[0] }
  return { ...alerted, alertedMs: launchMs, told, heard: heard.length, contained: Math.floor(heard.length * 0.8), of: sites.length }
}

export function timesOf(sites: readonly SiteScore[]): Record<TimeName, Distribution> {
  const each = timeNames.map((name) => {
    const values = sites.flatMap((s) => s.times[name] ?? []).sort((a, b) => a - b)
    return [name, distributionOf(values, sites.length)] as const
  })
  return Object.fromEntries(each) as Record<TimeName, Distribution>
}

function distributionOf(values: readonly number[], of: number): Distribution {
  const place = (share: number) => values[Math.floor((values.length - 1) * share)] ?? 0
  return values.length === 0 ? { values, of } : { values, of, quartiles: [place(0.25), place(0.5), place(0.75)] }
}

function countOf(of: readonly Light[]): Record<Light, number> {
  return Object.fromEntries(lights.map((light) => [light, of.filter((l) => l === light).length])) as Record<Light, number>
}

function headOf({ asOf, tlp, rehearsal }: Report) {
  return { asOf, audience: 'csirt', tlp, rehearsal } as const
}

function certified({ run, scenario, title, window, sites }: Report) {
  const { site, country, ngi } = sites[0] ?? { site: 'SITE', country: 'CH', ngi: 'NGI' }
  return { run, scenario, title, window, site, country, ngi, issuer: 'Example CSIRT' }
}

function sampleSiteReport(run: Report): Documents['site'] {
  const site = run.sites[0]!
  const others = run.sites.slice(1)
  const { scenario, title, rubric, rules, window, vo, phase, outages } = run
  return {
    ...headOf(run),
    ...{ run: run.run, scenario, title, rubric, rules, window, vo, phase, outages, site },
    ...(others.length < 8
      ? {}
      : { others: { sites: others.length, lights: countOf(others.map((s) => s.overall)), times: timesOf(others) } }),
    improve: ['Answer the alert within 4 hours: the first answer of a person came after the deadline'],
    facts: {
      stream: `challenge/${run.run}/${site.site}`,
      rows: [{ seq: 1, body: '{"at":1,"fact":{"type":"ChallengePlanned"}}', hash: 'a1b2' }],
    },
    signature,
  }
}

function sampleAcknowledgement(run: Report): Documents['acknowledgement'] {
  const sites = run.sites.filter((s) => s.overall === 'green').map(({ site, country, ngi }) => ({ site, country, ngi }))
  const { run: id, title, window } = run
  const criterion = 'Sites whose overall light is green'
  return { ...headOf(run), ...{ run: id, title, window, sites, criterion }, issuer: 'Example CSIRT', of: run.sites.length }
}

function sampleComparison(run: Report): Documents['comparison'] {
  const { run: id, scenario, title, window, asOf, coverage, times, rubric } = run
  const lights = countOf(run.sites.map((s) => s.overall))
  const one = { run: id, scenario, title, window, asOf, coverage, times, rubric, lights, sites: run.sites.length }
  const older = { ...one, run: `${id}-2026`, origin: 'ngi.example', times: timesOf(run.sites.slice(0, 20)) }
  const sites = run.sites.map(({ site, country, ngi, overall, times: own }, i) => ({
    ...{ site, country, ngi },
    lights: [i % 5 === 0 ? null : overall, overall],
    headsUp: [i % 5 === 0 ? null : (own.headsUp ?? null), own.headsUp ?? null],
  }))
  return { ...headOf(run), rubric, runs: [older, one], sites }
}

function sampleMetrics(run: Report): Documents['metrics'] {
  const period = (name: string, sites: readonly SiteScore[]) => ({
    period: name,
    runs: [run.run],
    sites: sites.length,
    lights: countOf(sites.map((s) => s.overall)),
    times: timesOf(sites),
    contacts: { asked: sites.length, answered: Math.floor(sites.length * 0.8), failed: 1 },
    coverage: run.coverage,
  })
  const periods = [period('2026-Q4', run.sites.slice(0, 12)), period('2027-Q1', run.sites), period('2027-Q2', [])]
  return { ...headOf(run), by: 'quarter', rubrics: [run.rubric], periods }
}

function sampleContacts(run: Report): Documents['contacts'] {
  const contacts = run.sites.flatMap(({ site }, i) => [
    {
      ...{ who: site, role: 'site' as const, address: `csirt@${site.toLowerCase()}.example`, accepted: 2, refused: 0 },
      ...{ bounced: i % 9 === 0 ? 1 : 0, words: i % 9 === 0 ? ['550 no such user'] : [], automatic: i % 2, human: 1 },
      ...(i % 4 === 0 ? {} : { firstAnswer: { at: launchMs + hour, wallMs: 3 * hour, workingMs: hour }, depth: 3 as const }),
    },
  ])
  return { ...headOf(run), run: run.run, title: run.title, contacts }
}
