import { buildReport } from '../../core/domain/build-report.ts'
import { type ChallengeFact, challengeStream, type Event, type Fact } from '../../core/domain/event.ts'
import type { Report } from '../../core/domain/report.ts'
import { received } from './sample-behaviours.ts'
import { chain, samplePlan, sampleRun, type Told } from './sample-run.ts'
import { launchMs } from './sample-sites.ts'

const hour = 3_600_000

/** A fact of a site (by its place in the plan), so many hours after the launch of a run that alerts the first one. */
export type SpreadLine = { site: number; hours: number; fact: ChallengeFact }

export function wordFrom(site: number, from: string, hours: number): SpreadLine {
  const data = { from, how: 'mail' as const, words: 'they wrote', by: 'Ada', happenedMs: launchMs + hours * hour }
  return { site, hours: hours + 1, fact: { type: 'WordReached', data } }
}

export function stopped(site: number, hours: number): SpreadLine {
  return { site, hours, fact: { type: 'AgentStopped', data: { reason: 'signal' } } }
}

export function wrote(site: number, hours: number): SpreadLine {
  const of = samplePlan(3, 12).sites[site]!
  return { site, hours, fact: received(of, launchMs + hours * hour, {}).fact }
}

/** Of all sites the job was seen an hour after the launch, and the first one was alerted then. */
export function spreadEvents(sites: number, lines: readonly SpreadLine[]): Event[] {
  const plan = samplePlan(3, sites)
  const alerted = { ...plan, sites: plan.sites.map((site, i) => (i === 0 ? { ...site, alerted: true as const } : site)) }
  const base = sampleRun({ seed: 3, sites, untilMs: launchMs })
  const told: Told[] = base.map(({ stream, at, type, data }) => {
    const fact = { type, data } as Fact
    if (fact.type === 'RunPlanned') {
      const scenario = { ...fact.data.scenario, alert: 'one' as const }
      return { stream, at, fact: { ...fact, data: { ...fact.data, plan: alerted, scenario } } }
    }
    if (fact.type === 'ChallengePlanned') {
      const site = alerted.sites.find(({ name }) => name === fact.data.site.name)!
      return { stream, at, fact: { ...fact, data: { ...fact.data, site } } }
    }
    return { stream, at, fact }
  })
  const alert = { effect: 'e', mail: 'alert', letter: 'alert', role: 'site', messageId: 'm', answer: '250' } as const
  const all: SpreadLine[] = [
    ...plan.sites.map((_, site) => ({ site, hours: 1, fact: { type: 'AgentSeen' as const, data: { host: 'wn1.example', pid: 7 } } })),
    { site: 0, hours: 1, fact: { type: 'MailAccepted', data: alert } },
    ...lines,
  ]
  const stream = (site: number) => challengeStream(plan.id, plan.sites[site]!.name)
  return chain([...told, ...all.map(({ site, hours, fact }) => ({ stream: stream(site), at: launchMs + hours * hour, fact }))])
}

export function spreadReport(sites: number, lines: readonly SpreadLine[]): Report {
  return buildReport(spreadEvents(sites, lines), { audience: 'csirt', tlp: 'TLP:AMBER' })
}
