import Holidays from 'date-holidays'

const calendars = new Map<string, Holidays>()

/** Public holidays of a country (ISO 3166-1 alpha-2) that touch the interval, as `YYYY-MM-DD`; none where the country is not known. */
export function publicHolidays(country: string, fromMs: number, toMs: number): string[] {
  const calendar = calendars.get(country) ?? new Holidays(country, { types: ['public'] })
  calendars.set(country, calendar)
  const [from, to] = [new Date(fromMs).toISOString().slice(0, 10), new Date(toMs).toISOString().slice(0, 10)]
  const years = range(Number(from.slice(0, 4)), Number(to.slice(0, 4)))
  const dates = years.flatMap((year) => calendar.getHolidays(year)).map((one) => one.date.slice(0, 10))
  return [...new Set(dates)].filter((date) => date >= from && date <= to).sort()
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
