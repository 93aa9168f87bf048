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

/** A bucket for each key, such as an address. At most so many are known: the one that was asked for longest ago gives way. */
export function createBuckets(pace: Pace, most = 10_000): (key: string) => boolean {
  const buckets = new Map<string, () => boolean>()
  return (key) => {
    const may = buckets.get(key) ?? createBucket(pace)
    buckets.delete(key)
    buckets.set(key, may)
    const [oldest] = buckets.keys()
    if (buckets.size > most && oldest !== undefined) buckets.delete(oldest)
    return may()
  }
}

/** Who has one address of IPv6 has, as a rule, all of its /64 (RFC 6177). */
export function neighbourhoodOf(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined || !address.includes(':')) return v4 ?? address
  const [head = '', tail] = address.replace(/%.*/, '').split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return `${[...before, ...gap, ...after].slice(0, 4).join(':')}::/64`
}
