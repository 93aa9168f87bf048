const formats = new Map<string, Intl.DateTimeFormat | null>()
const moments = new Map<string, number>()
const wholeDays = new Map<string, number | null>()
const dayMs = 86_400_000

/** Keeps a cache from growing without end when a file brings thousands of odd zones. */
function remember<V>(cache: Map<string, V>, key: string, value: V): V {
  if (cache.size >= 50_000) cache.clear()
  cache.set(key, value)
  return value
}

function formatOf(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone)
  if (known !== undefined) return known
  try {
    const parts = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      ...parts,
    })
    return remember(formats, zone, format)
  } catch {
    return remember(formats, zone, null)
  }
}

/** Whether this machine knows the IANA zone. */
export function isTimeZone(zone: string): boolean {
  return formatOf(zone) !== null
}

/** ms that the zone's clocks are ahead of UTC at a moment. An unknown zone counts as UTC, so that one odd site stops no report. */
export function zoneOffset(zone: string, at: number): number {
  const format = formatOf(zone)
  if (format === null) return 0
  const day = Math.floor(at / dayMs)
  const key = `${day} ${zone}`
  const known = wholeDays.get(key)
  const whole = known === undefined ? remember(wholeDays, key, offsetOfDay(format, day)) : known
  return whole ?? readOffset(format, at)
}

/** What holds for the whole day, which saves asking for each of a report's moments; null on a day on which clocks change. */
function offsetOfDay(format: Intl.DateTimeFormat, day: number): number | null {
  const first = readOffset(format, day * dayMs)
  return first === readOffset(format, (day + 1) * dayMs) ? first : null
}

function readOffset(format: Intl.DateTimeFormat, at: number): number {
  const part: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(at)) part[type] = Number(value)
  const local = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!)
  return local - Math.floor(at / 1000) * 1000
}

/** The moment at which the zone's clocks show `localMs` (ms since 1970 as if it were UTC). In a gap: as before the change. */
export function momentOf(zone: string, localMs: number): number {
  const key = `${localMs} ${zone}`
  return moments.get(key) ?? remember(moments, key, findMoment(zone, localMs))
}

function findMoment(zone: string, localMs: number): number {
  const first = localMs - zoneOffset(zone, localMs)
  const second = localMs - zoneOffset(zone, first)
  if (first === second) return first
  return localMs - zoneOffset(zone, second) === second ? second : Math.max(first, second)
}

/** `2027-01-11 10:12:33 +01:00`: the zone's own clock, from which UTC can be told. */
export function momentWords(at: number, zone: string): string {
  const offset = zoneOffset(zone, at)
  const minutes = Math.abs(Math.round(offset / 60_000))
  const two = (n: number) => String(n).padStart(2, '0')
  const local = new Date(at + offset).toISOString().slice(0, 19).replace('T', ' ')
  return `${local} ${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** `2027-01-11 09:12:33 UTC` */
export function utcWords(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
