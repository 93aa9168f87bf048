import { calendarOf, type Interval, mergePauses, pausesOf, type SiteClock } from './calendar.ts'
import type { ChallengeState } from './challenge.ts'
import { humanAnswers } from './correspondence.ts'
import type { ChallengeEvent } from './event.ts'
import type { Found } from './evidence.ts'
import type { PlannedSite } from './plan.ts'
import type { Expectation, Rubric } from './rubric.ts'
import { happenedAt } from './timeline.ts'

/** The moment at which a clock began, ms since 1970, and the fact that shows it. */
export type Start = { at: number; event: ChallengeEvent }

/** Whether the site is told by us; in a run that alerts one site the others hear of it from each other. */
export function isAlerted(scenario: { alert?: 'all' | 'one' } | undefined, site: Pick<PlannedSite, 'alerted'>): boolean {
  return scenario?.alert !== 'one' || site.alerted === true
}

/** When the site knew: our alert arrived, or else the first sign in the log that word reached it. */
export function clockStart(state: ChallengeState, isTold: boolean, containments: readonly Found[]): Start | undefined {
  const { accepted } = state.mails.alert
  if (isTold) return accepted && { at: accepted.at, event: accepted }
  const signs: Start[] = [
    ...[...state.words, ...humanAnswers(state)].map((event) => ({ at: happenedAt(event), event })),
    ...containments.map(({ at, event }) => ({ at, event })),
  ]
  return signs.sort((a, b) => a.at - b.at || a.event.seq - b.event.seq)[0]
}

/** What stops the site's clocks: our outages, what was agreed with it, and its downtimes that were declared before it knew. */
export function pausesFor(
  state: ChallengeState,
  site: PlannedSite,
  { outages, startMs }: { outages: readonly Interval[]; startMs: number },
) {
  const downtimes = [...site.downtimes, ...state.downtimes.map(({ data }) => data)]
  const agreed = state.pauses.map(({ data: { fromMs, untilMs } }) => ({ fromMs, untilMs }))
  return mergePauses([...pausesOf({ downtimes }, outages, startMs), ...agreed])
}

/** What an expectation's time is measured with. */
export function clockOf(
  { clock }: Pick<Expectation, 'clock'>,
  { pauses, site, rubric }: { pauses: readonly Interval[]; site: PlannedSite; rubric: Rubric },
): SiteClock {
  return clock === 'wall' ? { pauses } : { pauses, calendar: calendarOf(site, rubric) }
}
