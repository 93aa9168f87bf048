import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  calendarOf,
  deadlineOf,
  elapsed,
  type Interval,
  mergePauses,
  nextWorkingMoment,
  type SiteClock,
  type WorkCalendar,
  wallElapsed,
  workingElapsed,
} from '../../core/domain/calendar.ts'
import { InputError } from '../../core/domain/errors.ts'
import { isTimeZone, momentOf, momentWords, zoneOffset } from '../../core/domain/zone.ts'
import { sampleRubric } from './sample-run.ts'
import { plannedSite } from './sample-sites.ts'

const hour = 3_600_000
const at = (iso: string) => Date.parse(iso)
const zones = [
  'UTC',
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Pacific/Chatham',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Africa/Cairo',
  'Pacific/Apia',
]

function calendar(change: Partial<WorkCalendar> = {}): WorkCalendar {
  return { timeZone: 'Europe/Berlin', hours: { from: 9, to: 17 }, weekend: [6, 0], holidays: new Set(), ...change }
}

describe('zones', () => {
  it('given zones with odd offsets, when asked, then they are known to the minute', () => {
    expect(zoneOffset('Asia/Kathmandu', at('2027-01-11T00:00Z'))).toBe(5.75 * hour)
    expect(zoneOffset('Europe/Berlin', at('2027-07-01T00:00Z'))).toBe(2 * hour)
    expect(momentWords(at('2027-01-11T09:12:33Z'), 'Asia/Kathmandu')).toBe('2027-01-11 14:57:33 +05:45')
    expect(momentWords(at('2027-01-11T01:00:00Z'), 'America/St_Johns')).toBe('2027-01-10 21:30:00 -03:30')
  })

  it('given a zone that does not exist, when asked, then it counts as UTC and is called unknown', () => {
    expect(isTimeZone('Mars/Olympus')).toBe(false)
    expect(zoneOffset('Mars/Olympus', 0)).toBe(0)
  })

  it('given any moment, when it goes to local time and back, then it shows the same clock', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: at('2020-01-01T00:00Z'), max: at('2035-01-01T00:00Z') }), (zone, moment) => {
        const local = moment + zoneOffset(zone, moment)
        const back = momentOf(zone, local)
        expect(back + zoneOffset(zone, back)).toBe(local)
      }),
    )
  })

  it('given a local time that the change to summer time skips, when looked up, then it is taken as before the change', () => {
    expect(momentOf('Europe/Berlin', at('2027-03-28T02:30Z'))).toBe(at('2027-03-28T01:30Z'))
  })
})

describe('working time', () => {
  it('given a Friday afternoon, when 4 working hours are given, then they end on Monday', () => {
    expect(deadlineOf({ pauses: [], calendar: calendar() }, at('2027-01-15T14:00Z'), 4 * hour)).toBe(at('2027-01-18T10:00Z'))
  })

  it('given a holiday and a weekend by country, when 2 hours are given, then both are skipped', () => {
    const site = plannedSite({ country: 'EG', timeZone: 'Africa/Cairo', holidays: ['2027-01-10'] })
    const clock = {
      pauses: [],
      calendar: calendarOf(site, { workingHours: { from: 9, to: 17 }, weekends: { default: [6, 0], EG: [5, 6] } }),
    }
    expect(deadlineOf(clock, at('2027-01-07T14:00Z'), 2 * hour)).toBe(at('2027-01-11T08:00Z'))
  })

  it('given a country named like a part of every object, when its weekend is looked up, then the default is taken', () => {
    const site = plannedSite({ country: 'constructor' })
    expect(calendarOf(site, { workingHours: { from: 9, to: 17 }, weekends: { default: [5] } }).weekend).toEqual([5])
  })

  it('given the day of the change to summer time, when it is worked through, then it has an hour less', () => {
    const clock = { pauses: [], calendar: calendar({ hours: { from: 0, to: 24 }, weekend: [] }) }
    expect(workingElapsed(clock, at('2027-03-27T23:00Z'), at('2027-03-28T22:00Z'))).toBe(23 * hour)
    expect(workingElapsed(clock, at('2027-10-30T22:00Z'), at('2027-10-31T23:00Z'))).toBe(25 * hour)
  })

  it('given a night in which midnight comes twice, when worked through, then no hour of it is lost', () => {
    const clock = { pauses: [], calendar: calendar({ timeZone: 'Asia/Amman', hours: { from: 0, to: 24 }, weekend: [] }) }
    expect(workingElapsed(clock, at('2021-10-28T21:30Z'), at('2021-10-28T22:30Z'))).toBe(hour)
  })

  it('given a zone at +05:45, when asked at 8 in the morning there, then work begins an hour later', () => {
    const nepal = calendar({ timeZone: 'Asia/Kathmandu', weekend: [6] })
    expect(nextWorkingMoment(nepal, at('2027-01-10T02:15Z'))).toBe(at('2027-01-10T03:15Z'))
    expect(nextWorkingMoment(nepal, at('2027-01-10T05:00Z'))).toBe(at('2027-01-10T05:00Z'))
    expect(nextWorkingMoment(nepal, at('2027-01-10T11:15Z'))).toBe(at('2027-01-11T03:15Z'))
  })

  it('given a rubric without any working time, when a clock is asked, then it says so and does not hang', () => {
    for (const wrong of [{ weekend: [0, 1, 2, 3, 4, 5, 6] }, { hours: { from: 17, to: 9 } }]) {
      expect(() => nextWorkingMoment(calendar(wrong), 0)).toThrow(InputError)
    }
  })
})

describe('pauses', () => {
  it('given overlapping, touching and empty ones, when merged, then each moment is counted once', () => {
    const pauses = [span(5, 9), span(1, 3), span(2, 4), span(4, 5), span(6, 7), span(20, 20), span(30, 25)]
    expect(mergePauses(pauses)).toEqual([span(1, 9)])
    expect(wallElapsed(mergePauses(pauses), 0, 10)).toBe(2)
  })

  it('given a downtime of a thousand years, when a deadline of working hours is asked for, then it comes at once and lies behind it', () => {
    const calendar = calendarOf(plannedSite(), sampleRubric)
    const pauses = [{ fromMs: at('2027-01-11T09:00Z'), untilMs: at('3027-01-11T09:00Z') }]
    const begun = performance.now()
    expect(deadlineOf({ calendar, pauses }, at('2027-01-11T08:00Z'), 4 * hour)).toBeGreaterThan(pauses[0]!.untilMs)
    expect(performance.now() - begun).toBeLessThan(500)
  })
})

describe('any clock', () => {
  const moment = fc.integer({ min: at('2026-10-01T00:00Z'), max: at('2027-05-01T00:00Z') })
  const pause = fc.tuple(moment, fc.integer({ min: 0, max: 100 * hour })).map(([fromMs, long]) => ({ fromMs, untilMs: fromMs + long }))
  const pauses = fc.array(pause, { maxLength: 6 })
  const work = fc
    .record({
      timeZone: fc.constantFrom(...zones),
      from: fc.integer({ min: 0, max: 11 }),
      hours: fc.integer({ min: 1, max: 12 }),
      free: fc.subarray([0, 1, 5, 6]),
    })
    .map(({ timeZone, from, hours, free }) =>
      calendar({ timeZone, hours: { from, to: from + hours }, weekend: free, holidays: new Set(['2026-12-25', '2027-01-01']) }),
    )
  const clock = fc
    .record({ pauses: pauses.map(mergePauses) }, {})
    .chain((base) => fc.option(work, { nil: undefined }).map((found): SiteClock => (found ? { ...base, calendar: found } : base)))
  const within = fc.integer({ min: 1, max: 300 * hour })

  it('given three moments in order, when time is taken, then the parts add up and never shrink', () => {
    fc.assert(
      fc.property(clock, fc.tuple(moment, moment, moment), (one, moments) => {
        const [a, b, c] = [...moments].sort((x, y) => x - y) as [number, number, number]
        expect(elapsed(one, a, b) + elapsed(one, b, c)).toBe(elapsed(one, a, c))
        expect(elapsed(one, a, c)).toBeGreaterThanOrEqual(elapsed(one, a, b))
        expect(elapsed(one, a, c)).toBeLessThanOrEqual(c - a)
        expect(elapsed(one, c, a)).toBe(0)
      }),
    )
  })

  it('given a deadline, when the time until it is taken, then it is the time given, and a moment before it is less', () => {
    fc.assert(
      fc.property(clock, moment, within, (one, start, given) => {
        const deadline = deadlineOf(one, start, given)
        expect(elapsed(one, start, deadline)).toBe(given)
        expect(elapsed(one, start, deadline - 1)).toBe(given - 1)
      }),
    )
  })

  it('given one more pause, when the deadline is taken again, then it is never earlier', () => {
    fc.assert(
      fc.property(clock, pause, fc.tuple(moment, within), (one, more, [start, given]) => {
        const paused = { ...one, pauses: mergePauses([...one.pauses, more]) }
        expect(deadlineOf(paused, start, given)).toBeGreaterThanOrEqual(deadlineOf(one, start, given))
      }),
    )
  })

  it('given a working calendar, when the next working moment is asked, then work goes on there and nothing was missed', () => {
    fc.assert(
      fc.property(work, moment, (one, start) => {
        const next = nextWorkingMoment(one, start)
        expect(workingElapsed({ pauses: [], calendar: one }, start, next)).toBe(0)
        expect(workingElapsed({ pauses: [], calendar: one }, next, next + 1)).toBe(1)
      }),
    )
  })
})

function span(fromMs: number, untilMs: number): Interval {
  return { fromMs, untilMs }
}
