export type Pace = { perSecond: number; burst: number }

/** Says true at most `burst` times at once and `perSecond` times a second in the long run, however many ask. */
export function createBucket({ perSecond, burst }: Pace, nowMs: () => number = () => performance.now()): () => boolean {
  let left = burst
  let at = nowMs()
  return () => {
    const now = nowMs()
    left = Math.min(burst, left + ((now - at) * perSecond) / 1_000)
    at = now
    if (left < 1) return false
    left -= 1
    return true
  }
}
