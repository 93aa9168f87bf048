import type { Light, PartyScore, Report, SiteScore } from '../domain/report.ts'
import type { Rescored } from '../domain/rescore.ts'
import { table, visible } from './cli.ts'

/** A letter stands beside each light, so that nobody needs colours. */
const marks: Record<Light, string> = { green: '● green', amber: '▲ amber', red: '■ red', grey: '○ grey', pending: '… pending' }

/** One column for each category that the rubric has, in its order. */
export function lightsTable(sites: readonly SiteScore[]): string {
  const names = [...new Set(sites.flatMap((site) => site.categories.map(({ category }) => category)))]
  const rows = sites.map((site) => [
    site.site,
    site.country,
    marks[site.overall],
    ...names.map((name) => {
      const category = site.categories.find((one) => one.category === name)
      return category === undefined ? '-' : marks[category.light]
    }),
    `${site.coverage.known} of ${site.coverage.of}`,
  ])
  return table([['SITE', 'COUNTRY', 'OVERALL', ...names.map((name) => name.toUpperCase()), 'KNOWN'], ...rows])
}

export function partiesTable(parties: readonly PartyScore[]): string {
  const rows = parties.flatMap(({ party, scores }) =>
    scores.map((score) => [visible(party), marks[score.light], visible(score.title), visible(score.reason)]),
  )
  return table([['PARTY', 'LIGHT', 'EXPECTED', 'WHY'], ...rows])
}

type Named = Pick<Report['rubric'], 'id' | 'version'>

/** Two rubrics side by side; a star marks where the light is another one. */
export function rescoredTable(rescored: readonly Rescored[], { own, other }: { own: Named; other: Named }): string {
  const name = ({ id, version }: Named) => `${id} v${version}`.toUpperCase()
  const rows = rescored.map(({ site, overall, points }) => [
    site,
    marks[overall.own],
    `${points.own.points} of ${points.own.outOf}`,
    marks[overall.other],
    `${points.other.points} of ${points.other.outOf}`,
    overall.own === overall.other ? '' : '*',
  ])
  return table([['SITE', name(own), 'POINTS', name(other), 'POINTS', ''], ...rows])
}
