import { chooseParties, domainsOf } from '../../core/domain/parties.ts'
import { chooseSites } from '../../core/domain/plan.ts'
import type { Site } from '../../core/domain/site.ts'
import { type Action, stopText } from '../../core/domain/task.ts'
import type { LaunchedRun } from '../../core/domain/work.ts'
import { sampleRubric, sampleScenario } from './sample-run.ts'
import { aPlanInput, aSite } from './sites.ts'

type Wish = {
  sites?: Site[]
  /** What differs in run.yaml. */
  run?: Record<string, unknown>
  /** What differs in the run's state. */
  state?: Partial<LaunchedRun>
}

/** A run `r-1` that was planned by Ada, approved by Ben and launched at 0. */
export function launchedRun({ sites = [aSite('DE-ONE'), aSite('FR-TWO')], run = {}, state = {} }: Wish = {}): LaunchedRun {
  const input = aPlanInput(sites, { run: { sites: sites.length, canaries: 0, ...run } })
  const chosen = chooseSites(input).sites
  const parties = chooseParties(input, chosen)
  const domains = domainsOf(input.run, chosen, parties)
  const plan = { id: 'r-1', hash: 'h', run: input.run, sites: chosen, parties, domains, excluded: [], listeners: [] }
  return {
    phase: 'running',
    plan,
    plannedBy: 'Ada',
    scenario: sampleScenario,
    rubric: sampleRubric,
    approvals: [{ hash: 'h', by: 'Ben', at: 0 }],
    launchedMs: 0,
    agentsStartMs: 0,
    agentsEndMs: Date.parse('2027-01-23T00:00:00Z'),
    stopLine: `${stopText('r-1')} c2lnbmF0dXJl`,
    consents: [],
    pauses: [],
    decisions: {},
    outages: [],
    published: [],
    ticks: {},
    ...state,
  }
}

/** The sample's scenario, with these actions declared and nothing that agents are told by themselves. */
export function scenarioWith(actions: readonly Action[]): typeof sampleScenario {
  return { ...sampleScenario, job: { ...sampleScenario.job, actions: [...actions], tasks: [] } }
}
