import { FEWEST_OTHERS, redact, timesOfOthers, tlpOf } from './audience.ts'
import type { ChainRow } from './chain.ts'
import type { SiteReport } from './document.ts'
import { InputError, RefusedError } from './errors.ts'
import { challengeStream } from './event.ts'
import { improvements } from './improve.ts'
import type { Report, SiteScore } from './report.ts'
import { lightCounts } from './site-times.ts'

/** A finished run: what is given out of it can no longer spoil it. */
export function requireOver({ run, phase }: Pick<Report, 'run' | 'phase'>, what: string): void {
  if (phase === 'ended' || phase === 'stopped') return
  throw new RefusedError(`${what} is given out when the run is over, and ${run} is ${phase}`)
}

export function siteIn({ run, sites }: Pick<Report, 'run' | 'sites'>, name: string): SiteScore {
  const site = sites.find((one) => one.site === name)
  if (site) return site
  throw new InputError(`${name} is not in the run ${run}. It has: ${sites.map((one) => one.site).join(', ')}.`, [])
}

/**
 * One site's own report, from the report of the whole run and the rows of the site's chain. The caller signs it.
 * Throws RefusedError while the run goes on: the chain holds the key to its questions.
 */
export function buildSiteReport(report: Report, name: string, rows: readonly ChainRow[]): SiteReport {
  requireOver(report, `the report of ${name}`)
  const audience = `site:${siteIn(report, name).site}` as const
  const { run, scenario, title, rubric, rules, window, vo, phase, asOf, rehearsal, outages, sites } = redact(report, audience)
  const site = sites[0]!
  const others = report.sites.filter((one) => one.site !== name)
  return {
    run,
    scenario,
    title,
    rubric,
    rules,
    window,
    vo,
    phase,
    asOf,
    rehearsal,
    outages,
    audience,
    tlp: tlpOf(audience),
    site,
    ...(others.length >= FEWEST_OTHERS && {
      others: { sites: others.length, lights: lightCounts(others), times: timesOfOthers(others, rules) },
    }),
    improve: improvements(site, rules),
    facts: { stream: challengeStream(run, name), rows: rows.map(({ seq, body, hash }) => ({ seq, body, hash })) },
  }
}
