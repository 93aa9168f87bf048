import type { PartyScore, Report, Score, SiteScore } from '../../core/domain/report.ts'
import { type Cell, minutes, utc } from './cells.ts'

/** One line a site, then one a party. */
export function runRows(data: Report): Cell[][] {
  return [headings(data), ...data.sites.map((site) => siteRow(data, site)), ...data.parties.map((party) => partyRow(data, party))]
}

function headings(data: Report): Cell[] {
  return [
    ...['run', 'tlp', 'as of (UTC)', 'site', 'ngi', 'country', 'tier', 'party', 'overall'],
    ...categoriesOf(data).flatMap((name) => [name, `${name} points`, `${name} out of`]),
    ...['known', 'of', 'depth', 'alerted (UTC)', 'heads-up (min)', 'containment (min)', 'closure (min)'],
    ...rulesOf(data).flatMap((id) => [`${id} light`, `${id} points`, `${id} reason`, `${id} decided by an officer`]),
  ]
}

function siteRow(data: Report, site: SiteScore): Cell[] {
  const { headsUp, containment, closure } = site.times
  return [
    ...[data.run, data.tlp, utc(data.asOf), site.site, site.ngi, site.country, site.tier ?? '', '', site.overall],
    ...categoriesOf(data).flatMap((name): Cell[] => {
      const found = site.categories.find((c) => c.category === name)
      return found ? [found.light, found.points, found.outOf] : ['', '', '']
    }),
    ...[site.coverage.known, site.coverage.of, site.depth ?? '', utc(site.alerted)],
    ...[minutes(headsUp), minutes(containment), minutes(closure)],
    ...ruleCells(data, site.scores),
  ]
}

/** What only a site has stays empty. */
function partyRow(data: Report, { name, role, overall, scores }: PartyScore): Cell[] {
  const known = scores.filter((s) => s.points !== null).length
  return [
    ...[data.run, data.tlp, utc(data.asOf), '', '', '', '', `${name} (${role})`, overall],
    ...categoriesOf(data).flatMap(() => ['', '', '']),
    ...[known, scores.length, '', '', '', '', ''],
    ...ruleCells(data, scores),
  ]
}

function ruleCells(data: Report, scores: readonly Score[]): Cell[] {
  return rulesOf(data).flatMap((id): Cell[] => {
    const found = scores.find((s) => s.expectation === id)
    return found ? [found.light, found.points ?? '', found.reason, found.computed === undefined ? 'no' : 'yes'] : ['', '', '', '']
  })
}

function categoriesOf(data: Report): string[] {
  return [...new Set(data.sites.flatMap((s) => s.categories.map((c) => c.category)))]
}

function rulesOf(data: Report): string[] {
  return [...new Set([...data.sites, ...data.parties].flatMap((s) => s.scores.map((score) => score.expectation)))]
}
