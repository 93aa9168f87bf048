import { audienceWords } from '../../core/domain/audience.ts'
import type { Document } from '../../core/domain/document.ts'
import { documentTitles, ruleRows } from '../../core/domain/document-words.ts'
import { lights } from '../../core/domain/lights.ts'
import type { Light } from '../../core/domain/report.ts'
import type { Rubric } from '../../core/domain/rubric.ts'
import { durationWords, visibleText } from '../../core/domain/text.ts'
import { utcWords } from '../../core/domain/zone.ts'

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
  return { kindTitle: documentTitles[kind], tlp, tlpClass, audience: audienceWords(audience), rehearsal, asOf: utcWords(asOf) }
}

export function countView(counts: Readonly<Record<Light, number>>) {
  return lights.map((light) => ({ light, count: counts[light] })).filter(({ count }) => count > 0)
}

/** The method of the scores, and the hours in which people work. */
export function methodView(rules: Pick<Rubric, 'expectations' | 'parties' | 'workingHours'>) {
  const { from, to } = rules.workingHours
  return { rules: ruleRows(rules), hours: `${from}–${to}` }
}

export function outagesView(outages: readonly { fromMs: number; untilMs: number; what: string }[]) {
  return outages.map(({ fromMs, untilMs, what }) => ({
    ...{ from: utcWords(fromMs), until: utcWords(untilMs), what },
    lasted: durationWords(untilMs - fromMs),
  }))
}

/** No character of any text may act on the page around it; escaping is the template's part. */
export function clean<T>(value: T): T {
  if (typeof value === 'string') return visibleText(value) as T
  if (Array.isArray(value)) return value.map(clean) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, clean(v)])) as T
}
