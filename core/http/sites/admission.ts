import { createBucket, type Pace } from '../bucket.ts'

/** A link of a site, and what it leads to. */
export type Admitted<Found> = { link: string; found: Found }

type Door<Found> = {
  /** `link`: 32 hex digits in small letters. */
  find(link: string): Promise<Found | undefined>
  /** How fast links that are not known are looked up for all who ask. */
  unknown: Pace
  /** How fast one link may be used for what counts. */
  each: Pace
}

/** A known link is never kept waiting by those who try others; each has a pace of its own for what counts. */
export function createAdmission<Found>({ find, unknown, each }: Door<Found>) {
  const mayLook = createBucket(unknown)
  const known = new Map<string, () => boolean>()
  return async function admit(link: string, counts: boolean): Promise<Admitted<Found> | 'unknown' | 'too many'> {
    const isLink = /^[0-9a-f]{32}$/.test(link)
    const isKnown = known.has(link)
    if (!isKnown && !mayLook()) return 'too many'
    if (isKnown && counts && !known.get(link)!()) return 'too many'
    // What cannot be a link costs as much as what is none, so that nobody can tell the two apart.
    const found = await find(isLink ? link : '0'.repeat(32))
    if (!isLink || found === undefined) return 'unknown'
    if (isKnown) return { link, found }
    const mayUse = known.get(link) ?? createBucket(each)
    known.set(link, mayUse)
    return counts && !mayUse() ? 'too many' : { link, found }
  }
}
