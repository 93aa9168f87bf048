/** So many in a minute in the long run, and so many at once. */
export type Pace = { perMinute: number; burst: number }

const MOST_NAMES = 10_000

/**
 * How long the next one of a name has to wait, ms; 0 = it may go now, and is counted (the leaky bucket of ITU-T I.371, annex A).
 * What has to wait asks again.
 */
export function createPace({ perMinute, burst }: Pace): (name: string, nowMs: number) => number {
  const apartMs = 60_000 / perMinute
  const next = new Map<string, number>()
  return (name, nowMs) => {
    const due = Math.max(next.get(name) ?? 0, nowMs)
    const waitMs = Math.ceil(due - (burst - 1) * apartMs - nowMs)
    if (waitMs > 0) return waitMs
    if (next.size >= MOST_NAMES) for (const [one, at] of next) if (at <= nowMs) next.delete(one)
    next.set(name, due + apartMs)
    return 0
  }
}
