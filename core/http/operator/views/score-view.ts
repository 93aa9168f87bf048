import type { Fulfils } from '../../../domain/event.ts'
import type { Score } from '../../../domain/report.ts'
import { lightView } from './words.ts'

/** One light with what it is worth, and how many verdicts of officers there are on it. */
export function scoreView(one: Score, verdicts: Readonly<Record<string, number>>): object {
  return {
    ...one,
    ...lightView(one.light),
    worth: one.points === null ? `up to ${one.outOf} points` : `${one.points} of ${one.outOf} points`,
    deadline: one.deadline ?? false,
    computed: one.computed ? { ...one.computed, ...lightView(one.computed.light) } : false,
    seen: verdicts[one.expectation] ?? 0,
  }
}

export const verdictLights = [
  { value: 'green', word: 'green' },
  { value: 'amber', word: 'amber' },
  { value: 'red', word: 'red' },
  { value: 'grey', word: 'grey: not known' },
]

/** What an officer's note can stand for. */
export const meanings: Readonly<Record<Fulfils, string>> = {
  started: 'the incident has begun',
  'heads-up': 'heads-up',
  contained: 'containment',
  closure: 'closure report',
  downtime: 'downtime announced',
  'vo-contacted': 'the VO was told',
  packages: 'packages reported',
  assessed: 'positive assessment',
}

export function meaningsFor(which: readonly Fulfils[]): object[] {
  return which.map((value) => ({ value, word: meanings[value] }))
}
