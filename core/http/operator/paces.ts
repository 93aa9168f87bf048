import type { Pace } from '../bucket.ts'

/** How fast somebody who is signed in may ask, and how fast they may change things. */
export const READS: Pace = { perSecond: 20, burst: 200 }
export const ACTS: Pace = { perSecond: 2, burst: 40 }
/** How fast all together may try to come in: a secret of 32 bytes is not guessed, but each try costs us. */
export const ENTRANCE: Pace = { perSecond: 5, burst: 60 }
/** How many streams of events one account may have open. */
export const MOST_STREAMS = 20
