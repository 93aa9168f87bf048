import { InputError } from '../domain/errors.ts'
import { runStream } from '../domain/event.ts'
import { canonicalJson } from '../domain/json.ts'
import { type Choice, chooseSites, type Plan, type PlanInput, type Usable } from '../domain/plan.ts'
import type { Rubric } from '../domain/rubric.ts'
import type { Run } from '../domain/run.ts'
import type { Scenario } from '../domain/scenario.ts'
import type { Federation } from '../domain/site.ts'
import type { Core } from './deps.ts'

export type PlanRequest = {
  run: Run
  scenario: Scenario
  rubric: Rubric
  federation: Federation
  submitters: readonly Usable[]
  probers: readonly Usable[]
  holidays: PlanInput['holidays']
  sha256(text: string): string
}

/** The plan of a run: the same request gives the same plan. Throws InputError when the wish cannot be met. */
export function planRun(request: PlanRequest): Plan {
  const { run, federation, submitters, probers, holidays, sha256 } = request
  const choice = chooseSites({ run, federation, submitters, probers, holidays, rank: (name) => sha256(`${run.seed} ${name}`) })
  if (choice.shortfall.length > 0) throw new InputError('the run cannot be planned as wished:', [...choice.shortfall, ...reasons(choice)])
  const hash = sha256(canonicalJson({ run, sites: choice.sites, scenario: request.scenario, rubric: request.rubric }))
  return { id: `${run.scenario}-${hash.slice(0, 8)}`, hash, run, sites: choice.sites, excluded: choice.excluded }
}

/** Keeps a plan, so that it can be approved; the same plan again changes nothing. `id` renames it for one more rehearsal. */
export async function keepPlan(core: Core, request: PlanRequest, plan: Plan): Promise<void> {
  const facts = [
    {
      stream: runStream(plan.id),
      type: 'RunPlanned' as const,
      data: { plan, scenario: request.scenario, rubric: request.rubric },
      key: 'planned',
    },
  ]
  await core.store.commit({ run: plan.id, facts })
}

/** Why sites were left out, most frequent first. */
function reasons({ excluded }: Choice): string[] {
  const counts = new Map<string, number>()
  for (const { reason } of excluded) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const lines = [...counts].sort((a, b) => b[1] - a[1]).map(([reason, n]) => `${n} left out: ${reason}`)
  return lines.slice(0, 12)
}
