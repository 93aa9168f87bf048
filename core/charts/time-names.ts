import type { Distribution, TimeName } from '../domain/report.ts'
import type { Rubric } from '../domain/rubric.ts'
import { durationWords } from '../domain/text.ts'

/** The chart's name, and what people call it. */
export const timeWords: Readonly<Record<TimeName, { id: string; title: string; evidence: string }>> = {
  headsUp: { id: 'heads-up', title: 'Time to the heads-up', evidence: 'human-reply' },
  containment: { id: 'containment', title: 'Time to the containment', evidence: 'contained' },
  closure: { id: 'closure', title: 'Time to the closure report', evidence: 'closure' },
}

/** How long the rubric leaves for it, ms of wall clock; undefined where it counts otherwise. */
export function limitOf(name: TimeName, { expectations }: Pick<Rubric, 'expectations'>): number | undefined {
  const own = expectations.filter((one) => one.evidence === timeWords[name].evidence && one.clock === 'wall' && one.startsAt === 'alert')
  return own.length === 0 ? undefined : Math.min(...own.map((one) => one.within))
}

/** `33 of 40 sites; half within 1 h 45 min, a quarter within 1 h, three quarters within 5 h` */
export function distributionWords({ values, of, quartiles }: Distribution): string {
  const seen = `${values.length} of ${of} sites`
  if (quartiles === undefined) return seen
  const [lower, middle, upper] = quartiles.map(durationWords)
  return `${seen}; a quarter within ${lower}, half within ${middle}, three quarters within ${upper}`
}
