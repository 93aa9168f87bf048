import type { Rubric } from '../domain/rubric.ts'
import type { Scenario } from '../domain/scenario.ts'
import type { Demand } from './persona.ts'

/** What a scenario asks of its teams besides an answer, an end of the job and a report. */
export function demandsOf({ job, alert }: Pick<Scenario, 'job' | 'alert'>, { expectations }: Pick<Rubric, 'expectations'>): Set<Demand> {
  const wants = (evidence: string) => expectations.some((one) => one.evidence === evidence)
  const all: readonly [Demand, boolean][] = [
    ['jobs', job !== undefined],
    ['spread', alert === 'one'],
    ['downtimes', wants('downtime')],
    ['packages', wants('packages')],
  ]
  return new Set(all.flatMap(([demand, isAsked]) => (isAsked ? [demand] : [])))
}
