import type { ChallengeEvent, ChallengeFact, FieldVerdict } from '../../core/domain/event.ts'
import type { PlannedSite } from '../../core/domain/plan.ts'
import type { Light, Score, SiteScore } from '../../core/domain/report.ts'
import { type ScoringRun, scoreSite } from '../../core/domain/score.ts'
import { received, reported } from './sample-behaviours.ts'
import { chain, sampleRubric } from './sample-run.ts'
import { launchMs, plannedSite, sampleKey } from './sample-sites.ts'

const hour = 3_600_000
export const label = 'ssc6-cms-1234abcd.DE-ALDER-01'

export type Line = { at: number; fact: ChallengeFact }
export type Setting = { lines: Line[]; asOf?: number; run?: Partial<ScoringRun>; site?: Partial<PlannedSite> }

/** The alert comes an hour after the launch; all else is told in hours after it. */
export function hoursLater(hours: number): number {
  return launchMs + hour + hours * hour
}

export function scored({ lines, asOf = hoursLater(50 * 24), run = {}, site = {} }: Setting): SiteScore {
  const planned = plannedSite(site)
  const key = sampleKey(label)
  const plan = line(-1, { type: 'ChallengePlanned', data: { site: planned, key } })
  const events = chain([plan, ...lines].map((l) => ({ ...l, stream: `challenge/r/${planned.name}` }))) as ChallengeEvent[]
  return scoreSite(events, { rubric: sampleRubric, outages: [], ...run }, asOf)
}

export function line(hours: number, fact: ChallengeFact): Line {
  return { at: hoursLater(hours), fact }
}

export function started(): Line[] {
  return [line(-0.5, { type: 'AgentSeen', data: { host: 'wn1', pid: 1 } })]
}

export function accepted(): Line {
  return line(0, {
    type: 'MailAccepted',
    data: { effect: 'e', mail: 'alert', letter: 'alert', role: 'site', messageId: 'm', answer: '250' },
  })
}

export function begun(): Line[] {
  return [...started(), accepted()]
}

export function mail(type: 'MailRefused' | 'MailUnsure'): Line {
  const alert = { effect: 'e', mail: 'alert', letter: 'alert', role: 'site' } as const
  if (type === 'MailUnsure') return line(0, { type, data: { ...alert, reason: 'lost' } })
  return line(0, { type, data: { ...alert, by: 'other side', reason: '550' } })
}

export function answer(hours: number): Line {
  return received(plannedSite(), hoursLater(hours), {})
}

export function report(hours: number, grade: Readonly<Record<string, FieldVerdict>>): Line {
  return reported(hoursLater(hours), grade)
}

export function signal(hours: number): Line {
  return line(hours, { type: 'AgentStopped', data: { reason: 'signal' } })
}

export function note(fulfils: 'started' | 'heads-up' | 'contained' | 'closure', hours: number, at: number): Line {
  return { at, fact: { type: 'OfficerNoted', data: { by: 'Officer Two', text: 'by phone', fulfils, happenedMs: hoursLater(hours) } } }
}

export function lightsOf(scores: readonly Score[]): Record<string, Light> {
  return Object.fromEntries(scores.map((s) => [s.expectation, s.light]))
}
