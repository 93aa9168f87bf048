import { isTimeZone, momentOf, zoneOffset } from './zone.ts'

/** A zone that somebody wrote: one of the IANA list, or minutes ahead of UTC. */
export type WrittenZone = { iana: string } | { minutes: number }

/** Of a text that tells a time: where it stands there, and the time in ISO 8601. `hadZone`: its zone was written with it. */
export type FoundMoment = { at: string; from: number; until: number; hadZone: boolean }

/** `problem`: a time stands there that can be read in several ways or in none. */
export type SoughtMoment = FoundMoment | { problem: string; from: number }

const hour = 60
/** In use with one meaning in the federations that we know. */
const abbreviations: Record<string, number> = {
  Z: 0,
  UTC: 0,
  GMT: 0,
  WET: 0,
  WEST: hour,
  CET: hour,
  MEZ: hour,
  CEST: 2 * hour,
  MESZ: 2 * hour,
  EET: 2 * hour,
  EEST: 3 * hour,
  MSK: 3 * hour,
  JST: 9 * hour,
  EDT: -4 * hour,
  EST: -5 * hour,
  CDT: -5 * hour,
  MDT: -6 * hour,
  PDT: -7 * hour,
  PST: -8 * hour,
}
/** India, Ireland, Israel; America, China; Britain, Bangladesh; America, Armenia ... */
const ambiguousZones = new Set(['IST', 'CST', 'BST', 'AST', 'MST', 'SST', 'PKT', 'AMT', 'ECT', 'GST'])

const zone = String.raw`(?:[ \t]{0,2}[([]?(?<zone>(?:UTC|GMT)?[+\u2212-]\d{1,2}(?::?\d{2})?\b|Z\b|[A-Z][A-Za-z_]{1,20}(?:\/[A-Za-z_+-]{1,30}){1,2}|[A-Z]{2,5}\b)[)\]]?)?`
const time = String.raw`(?:[T ,]{1,3}|[, ]{0,2}(?:at|um|\u00e0) )(?<hour>\d{1,2})[:.](?<minute>\d{2})(?:[:.](?<second>\d{2})(?:[.,](?<part>\d{1,9}))?)?(?!\d)(?:[ ]?(?:(?<half>[ap])\.?m\b\.?|Uhr\b|h\b))?`
const dates = [
  String.raw`(?<![\d-])(?<year>\d{4})(?<mark>[-/.])(?<month>\d{1,2})\k<mark>(?<day>\d{1,2})`,
  String.raw`(?<!\d)(?<day>\d{1,2})\.[ ]?(?<month>\d{1,2})\.[ ]?(?<year>\d{4})`,
  String.raw`(?<!\d)(?<one>\d{1,2})(?<mark>[/-])(?<two>\d{1,2})\k<mark>(?<year>\d{4})`,
  String.raw`(?<!\d)(?<day>\d{1,2})(?:st|nd|rd|th|\.)?[ -](?<name>[A-Za-z]{3,9})[., -]{1,2}(?<year>\d{4})`,
  String.raw`(?<![A-Za-z])(?<name>[A-Za-z]{3,9})\.?[ ](?<day>\d{1,2})(?:st|nd|rd|th)?,?[ ](?<year>\d{4})`,
].map((date) => new RegExp(date + time + zone))
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * The first time in a text, in one of the forms that people write. Without a zone of its own it is read in the fallback's, where there
 * is one. Undefined where no date with a time of day stands.
 */
export function findMoment(text: string, fallback?: WrittenZone): SoughtMoment | undefined {
  const found = dates.map((date) => date.exec(text)).filter((match) => match !== null)
  const [match] = found.sort((a, b) => a.index - b.index || b[0].length - a[0].length)
  if (!match) return undefined
  const from = match.index
  const problem = (words: string) => ({ problem: `${match[0].trim()}: ${words}`, from })
  const parts = match.groups ?? {}
  const day = dayOf(parts)
  if (day === 'ambiguous') return problem('day and month can be taken for each other; write it as 2027-01-31T10:30Z')
  const localMs = localOf(day, parts)
  if (localMs === undefined) return problem('there is no such time')
  const own = parts.zone === undefined ? undefined : readZone(parts.zone)
  if (own === 'ambiguous') return problem('that zone has several meanings; write it as +01:00')
  const used = own ?? fallback
  if (used === undefined) return problem('it has no zone; write for example 2027-01-31T10:30+01:00')
  // A word behind the time that is no zone belongs to what follows.
  const length = own === undefined && parts.zone !== undefined ? match[0].lastIndexOf(parts.zone) : match[0].length
  return { at: isoOf(localMs, used), from, until: from + length, hadZone: own !== undefined }
}

/** The zone that a text names; `ambiguous` when several are meant by it, undefined when there is none. */
export function readZone(text: string): WrittenZone | 'ambiguous' | undefined {
  const words = text.slice(0, 200).split(/[\s()[\],;]+/)
  const iana = words.find((word) => word.includes('/') && isTimeZone(word))
  if (iana !== undefined) return { iana }
  for (const word of words) {
    const [, sign, hours, minutes = '0'] = /^(?:UTC|GMT)?([+\u2212-])(\d{1,2}?)(?::?(\d{2}))?$/i.exec(word) ?? []
    if (hours !== undefined && Number(hours) <= 14 && Number(minutes) < 60)
      return { minutes: (sign === '+' ? 1 : -1) * (Number(hours) * hour + Number(minutes)) }
  }
  const names = words.map((word) => word.toUpperCase())
  const known = names.find((name) => Object.hasOwn(abbreviations, name))
  if (known !== undefined) return { minutes: abbreviations[known]! }
  return names.some((name) => ambiguousZones.has(name)) ? 'ambiguous' : undefined
}

type Parts = Readonly<Record<string, string | undefined>>
type Day = { year: number; month: number; day: number }

function dayOf(parts: Parts): Day | 'ambiguous' | undefined {
  const year = Number(parts.year)
  if (parts.one !== undefined) {
    const [one, two] = [Number(parts.one), Number(parts.two)]
    if (one <= 12 && two <= 12 && one !== two) return 'ambiguous'
    return one > 12 ? { year, month: two, day: one } : { year, month: one, day: two }
  }
  const month = parts.name === undefined ? Number(parts.month) : months.indexOf(parts.name.slice(0, 3).toLowerCase()) + 1
  return month === 0 ? undefined : { year, month, day: Number(parts.day) }
}

/** ms since 1970 as if it were UTC; undefined for the 31st of June, or 25 o'clock. */
function localOf(date: Day | undefined, parts: Parts): number | undefined {
  if (date === undefined || date.year < 1970 || date.year > 2200) return undefined
  const { year, month, day } = date
  const [minutes, seconds] = [Number(parts.minute), Number(parts.second ?? 0)]
  const hours = hoursOf(Number(parts.hour), parts.half)
  if (hours === undefined || hours > 23 || minutes > 59 || seconds > 59) return undefined
  const midnight = Date.UTC(year, month - 1, day)
  if (month > 12 || day < 1 || new Date(midnight).getUTCDate() !== day) return undefined
  return midnight + ((hours * 60 + minutes) * 60 + seconds) * 1_000 + Math.floor(Number(`0.${parts.part ?? 0}`) * 1_000)
}

function hoursOf(hours: number, half: string | undefined): number | undefined {
  if (half === undefined) return hours
  if (hours < 1 || hours > 12) return undefined
  return (hours % 12) + (half === 'p' ? 12 : 0)
}

/** `2027-01-11T10:30:00+01:00`: the writer's own clock. */
function isoOf(localMs: number, written: WrittenZone): string {
  const minutes = 'minutes' in written ? written.minutes : Math.round(zoneOffset(written.iana, momentOf(written.iana, localMs)) / 60_000)
  const local = new Date(localMs).toISOString().replace(/(?:\.000)?Z$/, '')
  if (minutes === 0) return `${local}Z`
  const two = (n: number) => String(n).padStart(2, '0')
  const ahead = Math.abs(minutes)
  return `${local}${minutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`
}
