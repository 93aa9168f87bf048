import { requireOver, siteIn } from './build-site-report.ts'
import type { Acknowledgement, Certificate } from './document.ts'
import { RefusedError } from './errors.ts'
import { isKnown } from './lights.ts'
import type { Report, SiteScore } from './report.ts'
import { compareText } from './text.ts'

/** Of participation, whatever the lights: for every site whose challenge began. It says no more than that, so the site may show it to all. */
export function buildCertificate(report: Report, { site: name, issuer }: { site: string; issuer: string }): Certificate {
  const { site, country, ngi, alerted, scores } = siteIn(report, name)
  if (alerted === undefined) throw new RefusedError(`there is no certificate for ${name}: its challenge did not begin${why(scores)}`)
  const { run, scenario, title, window, asOf, rehearsal } = report
  return { run, scenario, title, window, asOf, rehearsal, audience: `site:${site}`, tlp: 'TLP:CLEAR', site, country, ngi, issuer }
}

function why(scores: SiteScore['scores']): string {
  return scores[0] === undefined ? '' : ` (${scores[0].reason})`
}

/** For the public: it names those that did well, and nobody else. Throws RefusedError while the run goes on: it would announce the exercise. */
export function buildAcknowledgement(report: Report, { issuer }: { issuer: string }): Acknowledgement {
  requireOver(report, 'the acknowledgement')
  const { run, title, window, asOf, rehearsal } = report
  const well = report.sites.filter(didWell).map(({ site, country, ngi }) => ({ site, country, ngi }))
  return {
    run,
    title,
    window,
    asOf,
    rehearsal,
    audience: 'public',
    tlp: 'TLP:CLEAR',
    issuer,
    criterion: 'All that is known of the site was done fully and in time, and that is more than half of all that was expected of it',
    sites: well.sort((a, b) => compareText(a.country, b.country) || compareText(a.site, b.site)),
    of: report.sites.filter(({ alerted }) => alerted !== undefined).length,
  }
}

function didWell({ overall, scores }: SiteScore): boolean {
  return overall === 'green' && scores.filter(({ light }) => isKnown(light)).length * 2 > scores.length
}
