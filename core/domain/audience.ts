import { indicatorsFor } from './indicators.ts'
import type { Audience, Distribution, PartyScore, Report, SiteScore, Spread, TimeName, Tlp } from './report.ts'
import { anonymousTimeline } from './run-timeline.ts'
import { coverageOf, lightCounts, type Times, timesBy, timesOfSites } from './site-times.ts'
import { countsOf } from './spread.ts'
import { quantile } from './statistics.ts'
import { withoutAddresses } from './text.ts'

/** So many others have to stand behind a number, or it would tell of one of them. */
export const FEWEST_OTHERS = 8

export function tlpOf(audience: Audience): Tlp {
  return audience === 'public' ? 'TLP:CLEAR' : 'TLP:AMBER'
}

/** For whom, in words. */
export function audienceWords(audience: Audience): string {
  if (audience === 'csirt') return 'the CSIRT'
  return audience === 'public' ? 'the public' : audience.slice(audience.indexOf(':') + 1)
}

/**
 * The report as this audience may see it: the CSIRT all, an NGI and a site what is theirs, and everybody else's part as numbers.
 * The signature goes: it was over what is no longer there.
 */
export function redact(report: Report, audience: Audience): Report {
  if (audience === 'csirt') return report
  const own = report.sites.filter((site) => isOwn(site, audience))
  const others = report.sites.filter((site) => !isOwn(site, audience))
  const parties = report.parties.filter(({ role, name }) => role === 'ngi' && audience === `ngi:${name}`)
  const streams = streamsOf(report, own, parties)
  const clean = cleanerFor(own.map(nameOf), others.map(nameOf))
  const isCrowd = others.length >= FEWEST_OTHERS
  const { signature: _, spread, indicators: __, ...rest } = report
  return {
    ...rest,
    audience,
    tlp: tlpOf(audience),
    sites: clean(own),
    ...(isCrowd && { others: { sites: others.length, lights: lightCounts(others) } }),
    parties: clean(parties),
    times: timesFor(own, others, report.rules),
    ...indicatorsFor(report, audience),
    ...(spread && (isCrowd || own.length > 0) && { spread: clean(spreadFor(spread, own, isCrowd)) }),
    coverage: coverageOf(isCrowd ? report.sites : own),
    timeline: anonymousTimeline(report.timeline),
    outages: report.outages.map(({ fromMs, untilMs }) => ({ fromMs, untilMs, what: 'our own side was down, or the run was paused' })),
    heads: report.heads.filter(({ stream }) => streams.has(stream)),
  }
}

/** Where so few took part that no number of theirs may be shown: nothing is known then to the reader, not even how many they are. */
export function isEmpty({ sites, others }: Pick<Report, 'sites' | 'others'>): boolean {
  return sites.length === 0 && others === undefined
}

export const EMPTY_WORDS = `Fewer than ${FEWEST_OTHERS} sites took part. Numbers would tell of single ones, so this report shows none.`

function isOwn({ site, ngi }: SiteScore, audience: Audience): boolean {
  return audience === `site:${site}` || audience === `ngi:${ngi}`
}

function nameOf({ site }: SiteScore): string {
  return site
}

function streamsOf({ run }: Report, own: readonly SiteScore[], parties: readonly PartyScore[]): Set<string> {
  const streams = [...own.map(({ site }) => `challenge/${run}/${site}`), ...parties.map(({ party }) => `party/${run}/${party}`)]
  return new Set(streams.length === 0 ? [] : [`run/${run}`, ...streams])
}

/** Own times, and with them those of the others where enough have one. */
function timesFor(own: readonly SiteScore[], others: readonly SiteScore[], rules: Report['rules']): Times {
  const [ours, theirs, all] = [timesOfSites(own, rules), timesOfOthers(others, rules), timesOfSites([...own, ...others], rules)]
  return timesBy((name) => {
    const { values } = theirs[name]
    if (values.length === 0) return ours[name]
    return { ...inMinutes(all[name]), values: [...ours[name].values, ...values].sort((a, b) => a - b) }
  })
}

/** Of sites that must not be known by them: quantiles, to the minute, and none at all where fewer than 8 have a time. */
export function timesOfOthers(others: readonly SiteScore[], rules: Report['rules']): Times {
  const times = timesOfSites(others, rules)
  return timesBy((name: TimeName): Distribution => {
    const { values, of } = times[name]
    if (values.length < FEWEST_OTHERS) return { values: [], of: of < FEWEST_OTHERS ? 0 : of }
    return inMinutes({ ...times[name], values: quantilesOf(values) })
  })
}

/** In the place of what single sites did, the first and the last of them above all: one number for each 8, and four where they are few. */
function quantilesOf(sorted: readonly number[]): number[] {
  const groups = Math.max(4, Math.floor(sorted.length / FEWEST_OTHERS))
  return sorted.map((_, i) => quantile(sorted, (Math.floor((i * groups) / sorted.length) + 0.5) / groups)!)
}

function inMinutes({ values, of, quartiles }: Distribution): Distribution {
  const minute = (ms: number) => Math.round(ms / 60_000) * 60_000
  const [lower, middle, upper] = quartiles ?? []
  if (lower === undefined || middle === undefined || upper === undefined) return { values: values.map(minute), of }
  return { values: values.map(minute), of, quartiles: [minute(lower), minute(middle), minute(upper)] }
}

/** How it came to one's own sites; of the rest the numbers, where enough stand behind them. */
function spreadFor({ alerted, told, ...numbers }: Spread, own: readonly SiteScore[], isCrowd: boolean): Spread {
  const names = new Set(own.map(({ site }) => site))
  const isOwnSource = alerted !== undefined && names.has(alerted)
  const shown = { ...(isOwnSource && { alerted }), told: told.filter(({ to }) => names.has(to)) }
  if (isCrowd || own.length === numbers.of) return { ...numbers, ...shown }
  const { heard, contained } = countsOf(own)
  const { alertedMs } = numbers
  return { ...(alertedMs !== undefined && { alertedMs }), heard, contained, of: own.length, ...shown }
}

/** In these somebody's words can stand, or a name. */
const free: ReadonlySet<string> = new Set(['words', 'reason', 'what', 'from', 'by'])

/** Takes out of free words the names of other sites, and all mail addresses: an officer's note may hold any. */
export function cleanerFor(own: readonly string[], others: readonly string[]) {
  const mine = new Set(own.map((name) => name.toLowerCase()))
  const names = [...own, ...others].sort((a, b) => b.length - a.length)
  const escaped = names.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  // The longest name first, so that one which is a part of another does not cut it in two.
  const pattern = new RegExp(`(?<![A-Za-z0-9_-])(?:${escaped.join('|')})(?![A-Za-z0-9_-])`, 'gi')
  const other = (name: string) => (mine.has(name.toLowerCase()) ? name : 'another site')
  const text = (words: string) => (names.length === 0 ? withoutAddresses(words) : withoutAddresses(words).replace(pattern, other))

  function clean(value: unknown, key = ''): unknown {
    if (typeof value === 'string') return free.has(key) ? text(value) : value
    if (Array.isArray(value)) return value.map((one) => clean(one, key))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, clean(one, name)]))
  }
  return <Value>(value: Value) => clean(value) as Value
}
