import type { Pace } from '../bucket.ts'

export type Paces = {
  /** How fast somebody who is signed in may ask, and how fast they may change things. */
  reads: Pace
  acts: Pace
  /** How fast one address may ask for anything: a house of many officers has one. */
  addresses: Pace
  /** How fast one address may try to come in, and all together: a secret of 32 bytes is not guessed, but each try costs us. */
  entrance: Pace
  entrances: Pace
}

export const PACES: Paces = {
  reads: { perSecond: 20, burst: 200 },
  acts: { perSecond: 2, burst: 40 },
  addresses: { perSecond: 100, burst: 1_000 },
  entrance: { perSecond: 0.5, burst: 40 },
  entrances: { perSecond: 20, burst: 200 },
}
/** How many streams of events one account may have open. */
export const MOST_STREAMS = 20
