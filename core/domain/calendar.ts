import { InputError } from './errors.ts'
import type { PlannedSite } from './plan.ts'
import type { Expectation, Rubric } from './rubric.ts'
import { momentOf, zoneOffset } from './zone.ts'

const day = 86_400_000
const hour = 3_600_000
/** More days without work in a row than any country has: the calendar itself is wrong. */
const idleDays = 400

/** From `fromMs` on, up to but without `untilMs`. */
export type Interval = { fromMs: number; untilMs: number }

export type WorkCalendar = {
  timeZone: string
  hours: { from: number; to: number }
  weekend: readonly number[]
  holidays: ReadonlySet<string>
}

/** What an expectation's time is measured with; without a calendar it runs day and night. `pauses` as `mergePauses` gives them. */
export type SiteClock = { pauses: readonly Interval[]; calendar?: WorkCalendar }

/** In order, without overlaps and without empty ones. */
export function mergePauses(pauses: readonly Interval[]): Interval[] {
  const merged: Interval[] = []
  for (const pause of pauses.filter((p) => p.untilMs > p.fromMs).sort((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1)
    if (last && pause.fromMs <= last.untilMs) last.untilMs = Math.max(last.untilMs, pause.untilMs)
    else merged.push({ fromMs: pause.fromMs, untilMs: pause.untilMs })
  }
  return merged
}

type Place = Pick<PlannedSite, 'country' | 'timeZone' | 'holidays'>

/** Of a site or another party. */
export function calendarOf(site: Place, rubric: Pick<Rubric, 'weekends' | 'workingHours'>): WorkCalendar {
  const weekend = (Object.hasOwn(rubric.weekends, site.country) ? rubric.weekends[site.country] : rubric.weekends.default) ?? [0, 6]
  return { timeZone: site.timeZone, hours: rubric.workingHours, weekend, holidays: new Set(site.holidays) }
}

/** Until when this evidence is due as a letter tells it, before any pause, ms since 1970; undefined where the rubric does not ask for it. */
export function toldDeadline(
  { rubric, who }: { rubric: Rubric; who?: Place | undefined },
  evidence: Expectation['evidence'],
  alertMs: number,
): number | undefined {
  const rule = rubric.expectations.find((one) => one.evidence === evidence)
  if (rule === undefined) return undefined
  const calendar = rule.clock === 'working' && who ? { calendar: calendarOf(who, rubric) } : {}
  return deadlineOf({ pauses: [], ...calendar }, alertMs, rule.within)
}

/** ms between two moments without the pauses; 0 when the second is the earlier one. */
export function wallElapsed(pauses: readonly Interval[], fromMs: number, untilMs: number): number {
  return elapsed({ pauses }, fromMs, untilMs)
}

/** ms of working time between two moments without the pauses. */
export function workingElapsed(clock: Required<SiteClock>, fromMs: number, untilMs: number): number {
  return elapsed(clock, fromMs, untilMs)
}

export function elapsed(clock: SiteClock, fromMs: number, untilMs: number): number {
  let sum = 0
  if (untilMs <= fromMs) return sum
  for (const span of running(clock, fromMs)) {
    if (span.fromMs >= untilMs) break
    sum += Math.min(span.untilMs, untilMs) - span.fromMs
    if (span.untilMs >= untilMs) break
  }
  return sum
}

/** The first moment at which so much time has gone by on the clock. */
export function deadlineOf(clock: SiteClock, startMs: number, withinMs: number): number {
  let left = withinMs
  if (left <= 0) return startMs
  for (const span of running(clock, startMs)) {
    if (span.untilMs - span.fromMs >= left) return span.fromMs + left
    left -= span.untilMs - span.fromMs
  }
  throw new Error('a clock never ends')
}

/** `at` itself in working hours, else when they next begin. */
export function nextWorkingMoment(calendar: WorkCalendar, at: number): number {
  for (const span of workingSpans(calendar, at)) return span.fromMs
  throw new Error('a calendar never ends')
}

/** When the clock runs, from a moment on, without end. Whole pauses are left out: one of a thousand years costs no more than another. */
function* running(clock: SiteClock, startMs: number): Generator<Interval> {
  for (const gap of between(clock.pauses, startMs)) {
    if (clock.calendar === undefined) yield gap
    else yield* workingWithin(clock.calendar, gap)
  }
}

/** Where no pause is, from a moment on; the last of them has no end. */
function* between(pauses: readonly Interval[], startMs: number): Generator<Interval> {
  let fromMs = startMs
  for (const pause of pauses) {
    if (pause.fromMs > fromMs) yield { fromMs, untilMs: pause.fromMs }
    fromMs = Math.max(fromMs, pause.untilMs)
  }
  yield { fromMs, untilMs: Number.POSITIVE_INFINITY }
}

function* workingWithin(calendar: WorkCalendar, gap: Interval): Generator<Interval> {
  for (const span of workingSpans(calendar, gap.fromMs)) {
    if (span.fromMs >= gap.untilMs) return
    yield { fromMs: span.fromMs, untilMs: Math.min(span.untilMs, gap.untilMs) }
    if (span.untilMs >= gap.untilMs) return
  }
}

function* workingSpans(calendar: WorkCalendar, startMs: number): Generator<Interval> {
  let after = startMs
  let idle = 0
  // One day early: around a change of the clocks the day's end may lie later than its date says.
  for (let date = Math.floor((startMs + zoneOffset(calendar.timeZone, startMs)) / day) - 1; ; date += 1) {
    const span = workingDay(calendar, date)
    const fromMs = Math.max(span?.fromMs ?? 0, after)
    if (span && span.untilMs > fromMs) {
      yield { fromMs, untilMs: span.untilMs }
      after = span.untilMs
      idle = 0
    } else if (++idle > idleDays) throw noWork(calendar)
  }
}

/** Working hours of one local date, counted in days since 1970; undefined on a free day. */
function workingDay(calendar: WorkCalendar, date: number): Interval | undefined {
  const midnight = new Date(date * day)
  if (calendar.weekend.includes(midnight.getUTCDay())) return undefined
  if (calendar.holidays.has(midnight.toISOString().slice(0, 10))) return undefined
  const moment = (hours: number) => momentOf(calendar.timeZone, date * day + hours * hour)
  return { fromMs: moment(calendar.hours.from), untilMs: moment(calendar.hours.to) }
}

function noWork({ hours, weekend, timeZone }: WorkCalendar): InputError {
  const place = `workingHours ${hours.from}-${hours.to}, weekend [${weekend.join(', ')}], zone ${timeZone}`
  return new InputError('The rubric leaves no working time in more than a year', [
    `${place}: set hours that end after they begin, and a working day`,
  ])
}
