import { lights } from './lights.ts'
import type { Distribution, Light, Report, SiteScore, TimeName } from './report.ts'
import type { SiteEvidence } from './rubric.ts'
import { distributionOf } from './statistics.ts'

/** The times that reports compare, and what a rubric asks for by them. */
export const timeNames: readonly TimeName[] = ['headsUp', 'containment', 'closure']
const asked: Readonly<Record<TimeName, SiteEvidence>> = { headsUp: 'human-reply', containment: 'contained', closure: 'closure' }

export type Times = Report['times']

/** Of many sites; each counts that has the time, or of which it could be known. */
export function timesOfSites(sites: readonly SiteScore[], rules: Pick<Report['rules'], 'expectations'>): Times {
  return timesBy((name) => {
    const values = valuesOf(sites, name)
    const ids = new Set(rules.expectations.filter(({ evidence }) => evidence === asked[name]).map(({ id }) => id))
    // What nobody asked for, and no site did, is no failure of theirs: a run without a job has nothing to contain.
    if (ids.size === 0 && values.length === 0) return distributionOf([], 0)
    const open = sites.filter((site) => site.times[name] === undefined && couldBeKnown(site, ids))
    return distributionOf(values, values.length + open.length)
  })
}

export function timesBy(distribution: (name: TimeName) => Distribution): Times {
  return { headsUp: distribution('headsUp'), containment: distribution('containment'), closure: distribution('closure') }
}

/** All that is counted in some distributions, in one. */
export function mergeTimes(all: readonly Times[]): Times {
  return timesBy((name) =>
    distributionOf(
      all.flatMap((times) => times[name].values),
      all.reduce((sum, times) => sum + times[name].of, 0),
    ),
  )
}

function valuesOf(sites: readonly SiteScore[], name: TimeName): number[] {
  return sites.flatMap(({ times }) => times[name] ?? [])
}

/** Its clock began, its contact is not dead, and the rubric's own word on it is not grey. */
function couldBeKnown({ alerted, depth, scores }: SiteScore, ids: ReadonlySet<string>): boolean {
  if (alerted === undefined || depth === 0) return false
  const asked = scores.filter(({ expectation }) => ids.has(expectation))
  return asked.length === 0 || asked.some(({ light, computed }) => (computed?.light ?? light) !== 'grey')
}

/** How many sites have each light. */
export function lightCounts(sites: readonly Pick<SiteScore, 'overall'>[]): Record<Light, number> {
  const counts = Object.fromEntries(lights.map((light) => [light, 0])) as Record<Light, number>
  for (const { overall } of sites) counts[overall]++
  return counts
}

/** How many of all expectations of all sites are known. */
export function coverageOf(parts: readonly Pick<SiteScore, 'coverage'>[]): Report['coverage'] {
  return parts.reduce((sum, { coverage }) => ({ known: sum.known + coverage.known, of: sum.of + coverage.of }), { known: 0, of: 0 })
}
