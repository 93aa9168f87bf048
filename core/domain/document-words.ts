import type { Comparison, DocumentKind, Metrics } from './document.ts'
import { lights } from './lights.ts'
import type { Distribution, Light, TimeName } from './report.ts'
import type { Rubric } from './rubric.ts'
import { durationWords, plainLine } from './text.ts'

/** The words that every format uses, so that a page and a printed file say the same. */

export const documentTitles: Readonly<Record<DocumentKind, string>> = {
  run: 'Security service challenge',
  site: 'Report for one site',
  certificate: 'Certificate of participation',
  acknowledgement: 'Acknowledgement',
  comparison: 'Runs compared',
  metrics: 'Metrics',
  contacts: 'Quality of the contacts',
}

export const lightMeanings: readonly { light: Light; meaning: string }[] = [
  { light: 'green', meaning: 'in time' },
  { light: 'amber', meaning: 'late, or in part' },
  { light: 'red', meaning: 'the alert was delivered, we were up, the deadline passed, nothing came' },
  { light: 'grey', meaning: 'not known: the alert bounced, our side was down, or the job never started' },
  { light: 'pending', meaning: 'the deadline has not passed' },
]

/** The times that reports compare, in the order in which they come. */
export const timeNames: readonly TimeName[] = ['headsUp', 'containment', 'closure']

export const timeTitles: Readonly<Record<TimeName, string>> = {
  headsUp: 'Heads-up',
  containment: 'Containment',
  closure: 'Closure report',
}

/** What is not known is a dash, never 0. */
export function durationOf(ms: number | null | undefined): string {
  return ms === undefined || ms === null ? '–' : durationWords(ms)
}

export type TimeRow = { name: string; known: string; lower: string; middle: string; upper: string }

/** The lines of a table of times: how many are known, and the quartiles. */
export function timeRows(times: Readonly<Record<TimeName, Distribution>>): TimeRow[] {
  return timeNames.map((name) => {
    const { values, of, quartiles } = times[name]
    const [lower, middle, upper] = quartiles ?? []
    const known = `${values.length} of ${of}`
    return { name: timeTitles[name], known, lower: durationOf(lower), middle: durationOf(middle), upper: durationOf(upper) }
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

/** What a reader of runs side by side has to know; undefined when all are of one scenario. */
export function unlikeWords({ runs }: Pick<Comparison, 'runs'>): string | undefined {
  const scenarios = [...new Set(runs.map(({ scenario }) => scenario))]
  if (scenarios.length < 2) return undefined
  return `These runs are of different scenarios (${plainLine(scenarios.join(', '), 200)}): their stories ask for different things, so a difference need not be the sites'.`
}

/** By which rules the lights of all these runs were given. */
export function rubricsWords({ rubrics }: Pick<Metrics, 'rubrics'>): string {
  const names = plainLine(rubrics.map(({ id, version }) => `${id} version ${version}`).join(', '), 400)
  if (rubrics.length < 2) return `All scored with one rubric: ${names}.`
  return `Each run is scored with its own rubric (${names}): lights of different rubrics are not comparable. To compare runs by one rubric: ssc compare.`
}

/** `2027-01-11 to 2027-01-22` */
export function windowWords({ from, to }: { from: string; to: string }): string {
  const day = (moment: string) => plainLine(moment, 40).split('T')[0]
  return `${day(from)} to ${day(to)}`
}

export type RuleRow = { title: string; of: string; points: number; mandatory: boolean; within: string; late: string; source: string }

/** The method of the scores: what is expected, by when, what lateness costs, and where that comes from. */
export function ruleRows({ expectations, parties }: Pick<Rubric, 'expectations' | 'parties'>): RuleRow[] {
  return [...expectations, ...parties].map((rule) => {
    const start = 'startsAt' in rule && rule.startsAt !== 'alert' ? `, from the ${rule.startsAt} on` : ''
    return {
      ...{ title: rule.title, points: rule.points, source: rule.source },
      of: 'category' in rule ? rule.category : rule.role.toUpperCase(),
      mandatory: 'mandatory' in rule && rule.mandatory,
      within: `${durationWords(rule.within)}${rule.clock === 'working' ? ' of working hours' : ''}${start}`,
      late: rule.lateUntil === undefined ? '–' : `${Math.round(rule.lateFactor * 100)} % until ${durationWords(rule.lateUntil)}`,
    }
  })
}
