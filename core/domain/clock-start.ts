import { calendarOf, type Interval, mergePauses, type SiteClock } from './calendar.ts'
import type { ChallengeState } from './challenge.ts'
import type { ChallengeEvent, Fulfils } from './event.ts'
import { answersToIncident, type Found } from './evidence.ts'
import { compareEvents, type On } from './order.ts'
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
  const notes = state.notes.filter(({ data }) => data.fulfils !== undefined && showsKnowledge.has(data.fulfils))
  const signs: Start[] = [
    ...[...state.words, ...answersToIncident(state), ...state.reports, ...notes].map((event) => ({ at: happenedAt(event), event })),
    ...containments.map(({ at, event }) => ({ at, event })),
  ]
  return signs.sort((a, b) => a.at - b.at || a.event.seq - b.event.seq)[0]
}

/** What an officer noted of a site that knew. */
const showsKnowledge: ReadonlySet<Fulfils> = new Set(['heads-up', 'closure', 'downtime', 'vo-contacted'])

/** A stretch in which the site's clocks stand still, and why. Times in ms since 1970. */
export type NamedPause = Interval & { why: string }

type Around = { outages: readonly (Interval & { what?: string })[]; startMs: number }

/** What stops the site's clocks: our outages, what was agreed with it, and its downtimes that were declared before it knew. */
export function namedPauses(state: ChallengeState, site: Pick<PlannedSite, 'downtimes'>, { outages, startMs }: Around): NamedPause[] {
  const ours = outages.map(({ fromMs, untilMs, what }) => ({
    fromMs,
    untilMs,
    why: `our own outage${what === undefined ? '' : `: ${what}`}`,
  }))
  const downtimes = declaredBefore(state, site, startMs).map((one) => ({
    fromMs: one.startMs,
    untilMs: one.endMs,
    why: 'a downtime of the site, declared before',
  }))
  const agreed = state.pauses.map(({ data: { fromMs, untilMs, by, reason } }) => ({ fromMs, untilMs, why: `agreed by ${by}: ${reason}` }))
  return [...ours, ...downtimes, ...agreed]
    .filter(({ fromMs, untilMs }) => untilMs > Math.max(fromMs, startMs))
    .sort((a, b) => a.fromMs - b.fromMs || a.untilMs - b.untilMs || (a.why < b.why ? -1 : 1))
}

export function pausesFor(state: ChallengeState, site: Pick<PlannedSite, 'downtimes'>, around: Around): Interval[] {
  return mergePauses(namedPauses(state, site, around))
}

/** An old downtime that was made longer after the site knew is an answer, and no pause: it keeps the length that it had. */
function declaredBefore(state: ChallengeState, site: Pick<PlannedSite, 'downtimes'>, startMs: number) {
  const planned = new Set(site.downtimes.map(({ declaredMs }) => declaredMs))
  const firsts = new Map<string, On<'DowntimeSeen'>>()
  const seen = [...state.downtimes].sort(compareEvents)
  for (const event of seen) if (!firsts.has(event.data.id)) firsts.set(event.data.id, event)
  const isNews = (event: On<'DowntimeSeen'>) => firsts.get(event.data.id) === event && !planned.has(event.data.declaredMs)
  const later = seen.filter((event) => event.data.severity === 'OUTAGE' && (event.at < startMs || isNews(event)))
  return [...site.downtimes, ...later.map(({ data }) => data)].filter(({ declaredMs }) => declaredMs < startMs)
}

/** What an expectation's time is measured with. */
export function clockOf(
  { clock }: Pick<Expectation, 'clock'>,
  { pauses, site, rubric }: { pauses: readonly Interval[]; site: PlannedSite; rubric: Rubric },
): SiteClock {
  return clock === 'wall' ? { pauses } : { pauses, calendar: calendarOf(site, rubric) }
}
