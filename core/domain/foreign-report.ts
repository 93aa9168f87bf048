import { buildReport, isRunEvent } from './build-report.ts'
import { documentSchemas } from './document-schema.ts'
import { messageOf } from './errors.ts'
import type { Event } from './event.ts'
import type { Expectation, Rubric } from './rubric.ts'
import { foldRun } from './run-state.ts'
import { plainLine } from './text.ts'

/** What a Date can show, ms since 1970 (ECMA-262, section 21.4.1.1); no other number of a report comes near it. */
const MOST_MS = 8_640_000_000_000_000
/** Working days and pauses that all clocks together may have to walk over: about a minute's work. */
const MOST_STEPS = 50_000_000
const MOST_TEXT = 100_000
const MOST_NAME = 300
const names: ReadonlySet<string> = new Set(['site', 'ngi', 'country', 'tier', 'run', 'scenario', 'title', 'vo', 'timeZone'])

/**
 * Why no report can be made of facts that somebody else wrote, or none that can be shown; undefined when one can. Chains can hold and
 * yet tell of nothing that is a run: who wrote them can write what they like.
 */
export function foreignReportFault(events: readonly Event[]): string | undefined {
  try {
    if (clockSteps(events) > MOST_STEPS) return 'its clocks would have to be followed over too many days and pauses'
    const report = buildReport(events, { audience: 'csirt', tlp: 'TLP:AMBER' })
    const [issue] = documentSchemas.run.safeParse(report).error?.issues ?? []
    if (issue !== undefined) return plainLine(`${issue.path.join('.')}: ${issue.message}`)
    return extremeIn(report)
  } catch (error) {
    return plainLine(messageOf(error))
  }
}

/** At most so many: each site has a clock for each expectation, and each letter may be a question with one of its own. */
function clockSteps(events: readonly Event[]): number {
  const { plan, rubric, outages } = foldRun(events.filter(isRunEvent))
  if (plan === undefined || rubric === undefined) return 0
  const ofSites = Math.max(0, ...plan.sites.map(({ downtimes }) => downtimes.length))
  const later = events.filter(({ type }) => type === 'PauseAgreed' || type === 'DowntimeSeen').length
  const pauses = outages.length + ofSites + later
  return rubric.expectations.reduce((sum, one) => {
    const clocks = plan.sites.length + (one.evidence === 'answers' ? events.length : 0)
    return sum + clocks * (pauses + daysOf(one, rubric))
  }, 0)
}

/** Days on the calendar until so much working time has gone by, where most days of a week are free. */
function daysOf({ clock, within, lateUntil = 0 }: Expectation, { workingHours: { from, to }, weekends }: Rubric): number {
  if (clock === 'wall') return 0
  const workingDays = Math.max(1, 7 - Math.max(...Object.values(weekends).map((days) => days.length)))
  return ((Math.max(within, lateUntil) / (Math.max(1, to - from) * 3_600_000)) * 7) / workingDays
}

/** A number that is no time, or a text that nobody could read, anywhere in it. */
function extremeIn(value: unknown, key = ''): string | undefined {
  if (typeof value === 'number') return Math.abs(value) <= MOST_MS ? undefined : `${key}: a number that is out of all bounds`
  if (typeof value === 'string') {
    const most = names.has(key) ? MOST_NAME : MOST_TEXT
    return value.length <= most ? undefined : `${key}: more than ${most} characters`
  }
  if (value === null || typeof value !== 'object') return undefined
  for (const [name, one] of Object.entries(value)) {
    const found = extremeIn(one, Array.isArray(value) ? key : name)
    if (found !== undefined) return found
  }
  return undefined
}
