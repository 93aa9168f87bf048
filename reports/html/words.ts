import { audienceWords } from '../../core/domain/audience.ts'
import type { Document, DocumentKind } from '../../core/domain/document.ts'
import { lights } from '../../core/domain/lights.ts'
import type { Distribution, Light, TimeName } from '../../core/domain/report.ts'
import type { Rubric } from '../../core/domain/rubric.ts'
import { durationWords, plainLine, visibleText } from '../../core/domain/text.ts'
import { utcWords } from '../../core/domain/zone.ts'

export const titles: Readonly<Record<DocumentKind, string>> = {
  run: 'Security service challenge',
  site: 'Report for one site',
  certificate: 'Certificate of participation',
  acknowledgement: 'Acknowledgement',
  comparison: 'Runs compared',
  metrics: 'Metrics',
  contacts: 'Quality of the contacts',
}

export const legend: readonly { light: Light; meaning: string }[] = [
  { light: 'green', meaning: 'in time' },
  { light: 'amber', meaning: 'late, or in part' },
  { light: 'red', meaning: 'the alert was delivered, we were up, the deadline passed, nothing came' },
  { light: 'grey', meaning: 'not known: the alert bounced, our side was down, or the job never started' },
  { light: 'pending', meaning: 'the deadline has not passed' },
]

const tlpLabels = ['TLP:RED', 'TLP:AMBER+STRICT', 'TLP:AMBER', 'TLP:GREEN', 'TLP:CLEAR']

/** A label that we do not know is shown as the strictest. */
export function tlpLabel(tlp: string): string {
  return tlpLabels.includes(tlp) ? tlp : 'TLP:RED'
}

/** What stands at the head of every page. */
export function headOf({ kind, content }: Document) {
  const tlp = tlpLabel(content.tlp)
  const tlpClass = tlp.replace(/^TLP:/, '').replace(/\W.*/, '').toLowerCase()
  const { audience, rehearsal, asOf } = content
  return { kindTitle: titles[kind], tlp, tlpClass, audience: audienceWords(audience), rehearsal, asOf: utcWords(asOf) }
}

export const timeNames: readonly { name: TimeName; words: string }[] = [
  { name: 'headsUp', words: 'Heads-up' },
  { name: 'containment', words: 'Containment' },
  { name: 'closure', words: 'Closure report' },
]

/** One line of a table of times. */
export function timesView(times: Readonly<Record<TimeName, Distribution>>) {
  return timeNames.map(({ name, words }) => {
    const { values, of, quartiles } = times[name]
    const [lower, middle, upper] = [0, 1, 2].map((i) => durationOf(quartiles?.[i]))
    return { name: words, known: `${values.length} of ${of}`, lower, middle, upper }
  })
}

export function countView(counts: Readonly<Record<Light, number>>) {
  return lights.map((light) => ({ light, count: counts[light] })).filter(({ count }) => count > 0)
}

/** The method of the scores: what is expected, by when, and where that comes from. */
export function rulesView({ expectations, parties, workingHours }: Pick<Rubric, 'expectations' | 'parties' | 'workingHours'>) {
  const within = (rule: Rubric['expectations'][number] | Rubric['parties'][number]) =>
    `${durationWords(rule.within)}${rule.clock === 'working' ? ' of working hours' : ''}`
  const rules = expectations.map((rule) => ({
    ...{ title: rule.title, of: rule.category, points: rule.points, mandatory: rule.mandatory, source: rule.source },
    within: `${within(rule)}${rule.startsAt === 'alert' ? '' : `, from the ${rule.startsAt} on`}`,
    late: rule.lateUntil === undefined ? 'none' : `${Math.round(rule.lateFactor * 100)} % until ${durationWords(rule.lateUntil)}`,
  }))
  const others = parties.map((rule) => ({
    ...{ title: rule.title, of: rule.role.toUpperCase(), points: rule.points, mandatory: false, source: rule.source, within: within(rule) },
    late: rule.lateUntil === undefined ? 'none' : `${Math.round(rule.lateFactor * 100)} % until ${durationWords(rule.lateUntil)}`,
  }))
  return { rules: [...rules, ...others], hours: `${workingHours.from}–${workingHours.to}` }
}

export function outagesView(outages: readonly { fromMs: number; untilMs: number; what: string }[]) {
  return outages.map(({ fromMs, untilMs, what }) => ({
    ...{ from: utcWords(fromMs), until: utcWords(untilMs), what },
    lasted: durationWords(untilMs - fromMs),
  }))
}

export function durationOf(ms: number | null | undefined): string {
  return ms === undefined || ms === null ? '–' : durationWords(ms)
}

/** `2027-01-11 to 2027-01-22` */
export function windowWords({ from, to }: { from: string; to: string }): string {
  const day = (moment: string) => plainLine(moment, 40).split('T')[0]
  return `${day(from)} to ${day(to)}`
}

/** No character of any text may act on the page around it; escaping is the template's part. */
export function clean<T>(value: T): T {
  if (typeof value === 'string') return visibleText(value) as T
  if (Array.isArray(value)) return value.map(clean) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, clean(v)])) as T
}
