import type { DocumentKind } from '../../core/domain/document.ts'
import { lights } from '../../core/domain/lights.ts'
import type { Distribution, Light, TimeName, Tlp } from '../../core/domain/report.ts'
import type { Rubric } from '../../core/domain/rubric.ts'
import { durationWords, plainLine } from '../../core/domain/text.ts'

export const titles: Readonly<Record<DocumentKind, string>> = {
  run: 'Security service challenge',
  site: 'Report for one site',
  certificate: 'Certificate of participation',
  acknowledgement: 'Acknowledgement',
  comparison: 'Runs compared',
  metrics: 'Metrics',
  contacts: 'Quality of the contacts',
}

export const meanings: readonly (readonly [Light, string])[] = [
  ['green', 'in time'],
  ['amber', 'late, or in part'],
  ['red', 'the alert was delivered, we were up, the deadline passed, nothing came'],
  ['grey', 'not known: the alert bounced, our side was down, or the job never started'],
  ['pending', 'the deadline has not passed'],
]

/** Colours of TLP 2.0, on black. */
const tlpColors: Readonly<Record<Tlp, string>> = {
  'TLP:RED': '#ff2b2b',
  'TLP:AMBER+STRICT': '#ffc000',
  'TLP:AMBER': '#ffc000',
  'TLP:GREEN': '#33ff00',
  'TLP:CLEAR': '#ffffff',
}

/** A label that we do not know is shown as the strictest. */
export function tlpLook(tlp: Tlp): { label: string; color: string } {
  const label = tlp in tlpColors ? tlp : 'TLP:RED'
  return { label, color: tlpColors[label] }
}

export const timeNames: readonly (readonly [TimeName, string])[] = [
  ['headsUp', 'Heads-up'],
  ['containment', 'Containment'],
  ['closure', 'Closure report'],
]

export function duration(ms: number | null | undefined): string {
  return ms === undefined || ms === null ? '–' : durationWords(ms)
}

export function timeRows(times: Readonly<Record<TimeName, Distribution>>): string[][] {
  return timeNames.map(([name, words]) => {
    const { values, of, quartiles } = times[name]
    return [words, `${values.length} of ${of}`, ...[0, 1, 2].map((i) => duration(quartiles?.[i]))]
  })
}

/** `3 green, 1 red` */
export function countWords(counts: Readonly<Record<Light, number>>): string {
  const words = lights.filter((light) => counts[light] > 0).map((light) => `${counts[light]} ${light}`)
  return words.join(', ') || 'none'
}

export function coverageWords({ known, of }: { known: number; of: number }): string {
  return of === 0 ? 'nothing is expected' : `${known} of ${of} known (${Math.round((100 * known) / of)} %)`
}

/** `2027-01-11 to 2027-01-22` */
export function windowWords({ from, to }: { from: string; to: string }): string {
  const day = (moment: string) => plainLine(moment, 40).split('T')[0]
  return `${day(from)} to ${day(to)}`
}

/** What is expected, by when, and where that comes from. */
export function ruleRows({ expectations, parties }: Pick<Rubric, 'expectations' | 'parties'>): string[][] {
  return [...expectations, ...parties].map((one) => {
    const of = 'category' in one ? `${one.category}${one.mandatory ? ', mandatory' : ''}` : one.role.toUpperCase()
    const start = 'startsAt' in one && one.startsAt !== 'alert' ? `, from the ${one.startsAt} on` : ''
    const within = `${durationWords(one.within)}${one.clock === 'working' ? ' of working hours' : ''}${start}`
    const late = one.lateUntil === undefined ? '–' : `${Math.round(one.lateFactor * 100)} % until ${durationWords(one.lateUntil)}`
    return [one.title, of, String(one.points), within, late, one.source]
  })
}
