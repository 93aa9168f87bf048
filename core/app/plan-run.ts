import { InputError } from '../domain/errors.ts'
import { runStream } from '../domain/event.ts'
import { canonicalJson } from '../domain/json.ts'
import { chooseParties, domainsOf } from '../domain/parties.ts'
import { addressCount, type Choice, chooseSites, namesAddress, type Plan, type PlanInput, type Usable } from '../domain/plan.ts'
import type { Rubric } from '../domain/rubric.ts'
import type { Run } from '../domain/run.ts'
import type { Scenario } from '../domain/scenario.ts'
import type { Federation } from '../domain/site.ts'
import { loadSeconds } from '../domain/task.ts'
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
  /** Where the agents of a real run report to. */
  listeners: readonly string[]
}

/** The plan of a run: the same request gives the same plan. Throws InputError when the wish cannot be met. */
export function planRun(request: PlanRequest): Plan {
  const { run, federation, submitters, probers, holidays, sha256 } = request
  const { scenario } = request
  const choice = chooseSites({ run, scenario, federation, submitters, probers, holidays, rank: (name) => sha256(`${run.seed} ${name}`) })
  if (choice.shortfall.length > 0) throw new InputError('the run cannot be planned as wished:', [...choice.shortfall, ...reasons(choice)])
  refuseBadTasks(request)
  const listeners = run.rehearsal ? [] : request.listeners
  const parties = chooseParties(request, choice.sites)
  const domains = domainsOf(run, choice.sites, parties)
  const hash = sha256(canonicalJson({ run, sites: choice.sites, parties, scenario: request.scenario, rubric: request.rubric, listeners }))
  return {
    id: `${run.scenario}-${hash.slice(0, 8)}`,
    hash,
    run,
    sites: choice.sites,
    parties,
    domains,
    excluded: choice.excluded,
    listeners,
  }
}

/** The n-th address that a task names must be there, and all the load that is planned within its limit. */
function refuseBadTasks({ run, scenario, listeners }: PlanRequest): void {
  const where = { contact: 'contacts in run.yaml', 'move-listener': 'listener.url and listener.more in config.yaml' }
  const tasks = scenario.job?.tasks ?? []
  const problems = tasks.flatMap(({ do: action, number = 0 }, i) => {
    if (!namesAddress(action)) return []
    const most = addressCount({ run, listeners }, action)
    return number <= most ? [] : [`task ${i + 1} of ${scenario.id} is '${action} ${number}', and there are ${most} of ${where[action]}`]
  })
  const load = tasks.reduce((sum, task) => sum + loadSeconds(task), 0) * run.sites
  if (load > run.limits.cpuSeconds)
    problems.push(`the tasks of ${scenario.id} need ${load} processor seconds, and limits.cpuSeconds is ${run.limits.cpuSeconds}`)
  if (problems.length > 0) throw new InputError('the run cannot be planned as wished:', problems)
}

/** Keeps a plan, so that it can be approved; the same plan again changes nothing. `id` renames it for one more rehearsal. */
export async function keepPlan(core: Core, request: PlanRequest, { plan, by }: { plan: Plan; by: string }): Promise<void> {
  const facts = [
    {
      stream: runStream(plan.id),
      type: 'RunPlanned' as const,
      data: { plan, scenario: request.scenario, rubric: request.rubric, by },
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
