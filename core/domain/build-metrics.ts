import { tlpOf } from './audience.ts'
import type { ContactQuality } from './contact-quality.ts'
import type { ContactReport, Metrics } from './document.ts'
import { InputError, RefusedError } from './errors.ts'
import type { Report, SiteScore } from './report.ts'
import { coverageOf, lightCounts, mergeTimes } from './site-times.ts'
import { compareText } from './text.ts'

type Figures = Pick<Report, 'run' | 'asOf' | 'rehearsal' | 'times' | 'rubric'> & {
  sites: readonly Pick<SiteScore, 'overall' | 'coverage'>[]
}
/** A run that is over. `endedMs`: ms since 1970. */
export type EndedRun = { report: Figures; endedMs: number; contacts: readonly ContactQuality[] }
/** `from` and `to`: the first and the last moment that count, ms since 1970. */
export type MetricsWish = { by: Metrics['by']; fromMs?: number; toMs?: number }

const MOST_PERIODS = 600

/** Figures of all runs that ended in each period, without gaps. A site that took part in two runs counts in both. */
export function buildMetrics(ended: readonly EndedRun[], { by, fromMs, toMs }: MetricsWish): Metrics {
  const runs = ended
    .filter(({ endedMs }) => endedMs >= (fromMs ?? 0) && endedMs <= (toMs ?? Number.POSITIVE_INFINITY))
    .sort((a, b) => a.endedMs - b.endedMs)
  if (runs.length === 0) throw new RefusedError('no run ended in this time, so there is nothing to count')
  const periods = periodsBetween(by, fromMs ?? runs[0]!.endedMs, toMs ?? runs.at(-1)!.endedMs)
  return {
    asOf: Math.max(...runs.map(({ report }) => report.asOf)),
    audience: 'csirt',
    tlp: tlpOf('csirt'),
    rehearsal: runs.some(({ report }) => report.rehearsal),
    by,
    rubrics: rubricsOf(runs),
    periods: periods.map((period) =>
      figuresOf(
        period,
        runs.filter(({ endedMs }) => periodOf(by, endedMs) === period),
      ),
    ),
  }
}

function rubricsOf(runs: readonly EndedRun[]): Metrics['rubrics'] {
  const named = new Map(runs.map(({ report: { rubric } }) => [`${rubric.id} ${rubric.version}`, rubric]))
  return [...named.values()].sort((a, b) => compareText(a.id, b.id) || a.version - b.version)
}

function figuresOf(period: string, runs: readonly EndedRun[]): Metrics['periods'][number] {
  const sites = runs.flatMap(({ report }) => report.sites)
  return {
    period,
    runs: runs.map(({ report }) => report.run),
    sites: sites.length,
    lights: lightCounts(sites),
    times: mergeTimes(runs.map(({ report }) => report.times)),
    contacts: contactFigures(runs.flatMap(({ contacts }) => contacts)),
    coverage: coverageOf(sites),
  }
}

/** Those to whom a letter went; who answered has not failed, even when a letter came back. */
function contactFigures(contacts: readonly ContactQuality[]): Metrics['periods'][number]['contacts'] {
  const asked = contacts.filter(({ accepted, refused, bounced }) => accepted + refused + bounced > 0)
  const answered = asked.filter(({ human }) => human > 0)
  const failed = asked.filter(({ human, refused, bounced }) => human === 0 && refused + bounced > 0)
  return { asked: asked.length, answered: answered.length, failed: failed.length }
}

/** `2027-01`, or `2027-Q1`, in UTC. */
export function periodOf(by: Metrics['by'], at: number): string {
  return periodWords(by, periodNumber(by, at))
}

function periodsBetween(by: Metrics['by'], fromMs: number, toMs: number): string[] {
  const [from, to] = [periodNumber(by, fromMs), periodNumber(by, toMs)]
  if (to - from >= MOST_PERIODS)
    throw new InputError(`from ${periodOf(by, fromMs)} to ${periodOf(by, toMs)} there are too many periods`, [])
  return Array.from({ length: to - from + 1 }, (_, i) => periodWords(by, from + i))
}

/** Counted from the year 0. */
function periodNumber(by: Metrics['by'], at: number): number {
  const day = new Date(at)
  const months = day.getUTCFullYear() * 12 + day.getUTCMonth()
  return by === 'month' ? months : Math.floor(months / 3)
}

function periodWords(by: Metrics['by'], number: number): string {
  if (by === 'month') return `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, '0')}`
  return `${Math.floor(number / 4)}-Q${(number % 4) + 1}`
}

/** How good the contacts of one run are. */
export function buildContacts({ run, title, asOf, rehearsal }: Report, contacts: readonly ContactQuality[]): ContactReport {
  return { run, title, asOf, rehearsal, audience: 'csirt', tlp: tlpOf('csirt'), contacts }
}
