import { tlpOf } from './audience.ts'
import type { ComparedRun, Comparison } from './document.ts'
import { InputError } from './errors.ts'
import type { Report, SiteScore } from './report.ts'
import { lightCounts } from './site-times.ts'
import { compareText } from './text.ts'

/** A report of one run, and the instance that it was brought from; absent for our own. */
export type Compared = { report: Report; origin?: string }

/** Runs side by side, the earlier first. All have to be scored with one rubric: throws InputError when they are not. */
export function buildComparison(compared: readonly Compared[]): Comparison {
  const runs = [...compared].sort((a, b) => beginOf(a) - beginOf(b) || compareText(nameOf(a), nameOf(b)))
  const newest = runs.at(-1)?.report
  if (newest === undefined) throw new InputError('name the runs to compare', [])
  const words = new Set(runs.map(({ report: { rubric } }) => `${rubric.id} version ${rubric.version}`))
  if (words.size > 1) throw new InputError(`runs are compared with one rubric, and these have ${[...words].join(', ')}`, [])
  return {
    asOf: Math.max(...runs.map(({ report }) => report.asOf)),
    audience: 'csirt',
    tlp: tlpOf('csirt'),
    rehearsal: runs.some(({ report }) => report.rehearsal),
    rubric: newest.rubric,
    runs: runs.map(comparedRun),
    sites: sitesOf(runs),
  }
}

function beginOf({ report }: Compared): number {
  return Date.parse(report.window.from)
}

function nameOf({ report, origin = '' }: Compared): string {
  return `${origin}/${report.run}`
}

function comparedRun({ report, origin }: Compared): ComparedRun {
  const { run, scenario, title, window, asOf, coverage, times, rubric, sites } = report
  const figures = { asOf, coverage, times, sites: sites.length, lights: lightCounts(sites) }
  return { run, scenario, title, window, rubric, ...figures, ...(origin !== undefined && { origin }) }
}

/** Country and NGI as the newest run has them. */
function sitesOf(runs: readonly Compared[]): Comparison['sites'] {
  const parts = runs.map(({ report }) => new Map(report.sites.map((site) => [site.site, site])))
  const names = [...new Set(parts.flatMap((sites) => [...sites.keys()]))].sort(compareText)
  return names.map((name) => {
    const found = parts.map((sites) => sites.get(name))
    const { country, ngi } = found.findLast((site): site is SiteScore => site !== undefined)!
    return {
      site: name,
      country,
      ngi,
      lights: found.map((site) => site?.overall ?? null),
      headsUp: found.map((site) => site?.times.headsUp ?? null),
    }
  })
}
