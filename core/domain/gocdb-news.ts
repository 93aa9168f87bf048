import { type ChallengeFact, challengeStream } from './event.ts'
import type { PlannedSite } from './plan.ts'
import type { Downtime } from './site.ts'
import type { LaunchedRun } from './work.ts'

/** A change of a site's certification, as get_cert_status_changes tells it. Who made it, and why, is not kept. */
export type CertificationChange = { site: string; before: string; now: string; changedMs: number }

/** What GOCDB tells of the sites while runs go on. */
export type GocdbNews = { downtimes: readonly Downtime[]; certifications: readonly CertificationChange[] }

/** What is asked of GOCDB in a round: of these sites, and only downtimes that end after `sinceMs`. */
export type GocdbQuestion = { sites: ReadonlySet<string>; sinceMs: number; wants: GocdbWants; signal: AbortSignal }
export type GocdbWants = { downtimes: boolean; certifications: boolean }

/** A fact for the log of a challenge; its key makes it stand there once. */
export type SiteNews = ChallengeFact & { stream: string; key: string }

/** Of one site so many of a kind are taken in one reading: nobody declares more in one run. */
const MOST = 100

/**
 * What GOCDB tells of the run's sites and the plan does not hold: outages that were declared since, or changed, and changes of the
 * certification after the launch. Pure: the same reading gives the same facts with the same keys.
 */
export function newsFor(run: LaunchedRun, news: GocdbNews): SiteNews[] {
  const outages = news.downtimes.filter((one) => one.severity === 'OUTAGE' && Math.max(one.endMs, one.declaredMs) >= run.launchedMs)
  const changes = news.certifications.filter((one) => one.changedMs >= run.launchedMs)
  return run.plan.sites.flatMap((site) => {
    const stream = challengeStream(run.plan.id, site.name)
    const own = outages.filter((one) => one.services.some((service) => service.site === site.name) && !isPlanned(site, one))
    const seen = own
      .sort((a, b) => a.declaredMs - b.declaredMs)
      .slice(0, MOST)
      .map(downtimeFact)
    const changed = changes.filter((one) => one.site === site.name).sort((a, b) => a.changedMs - b.changedMs)
    return [...seen, ...changed.slice(0, MOST).map(certificationFact)].map((fact) => ({ ...fact, stream }))
  })
}

function isPlanned({ downtimes }: PlannedSite, { declaredMs, startMs, endMs }: Downtime): boolean {
  return downtimes.some((one) => one.declaredMs === declaredMs && one.startMs === startMs && one.endMs === endMs)
}

/** The id alone is not enough: a downtime that was prolonged, or ended early, keeps it. */
function downtimeFact({ id, severity, declaredMs, startMs, endMs }: Downtime): ChallengeFact & { key: string } {
  const key = `downtime:${id}:${declaredMs}:${startMs}:${endMs}`
  return { type: 'DowntimeSeen', data: { id, declaredMs, startMs, endMs, severity }, key }
}

function certificationFact({ before, now, changedMs }: CertificationChange): ChallengeFact & { key: string } {
  return { type: 'CertificationSeen', data: { before, now, changedMs }, key: `certification:${changedMs}:${before}:${now}` }
}
