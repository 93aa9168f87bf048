import { readPlannedRun } from './app/view.ts'
import { type Change, planDiff } from './domain/plan-diff.ts'
import { approvalOf } from './domain/run-state.ts'
import type { PlannedRun } from './domain/work.ts'
import type { Store } from './ports.ts'

const MOST_CHANGES = 500

/** The earlier plan, whether it was approved, and what is otherwise in the later one. */
export type Since = { run: string; isApproved: boolean; changes: Change[] }

/**
 * The plan held against the newest approved one of its scenario, or against the run that `with` names; where none was approved,
 * against the newest. Only plans that are seen whole count: undefined where there is none.
 */
export async function changesSince(
  store: Store,
  run: PlannedRun,
  { with: name = '', sees = () => true }: { with?: string; sees?: (ngi: string) => boolean } = {},
): Promise<Since | undefined> {
  const isSeen = ({ plan }: PlannedRun) => plan.sites.every(({ ngi }) => sees(ngi))
  if (!isSeen(run)) return undefined
  const rows = (await store.listRuns()).filter((one) => one.run !== run.plan.id && (name === '' || one.run === name))
  const others = await Promise.all(rows.map((one) => readPlannedRun(store, one.run).catch(() => undefined)))
  const same = others.filter((one) => one !== undefined).filter((one) => isSeen(one) && one.scenario.id === run.scenario.id)
  const approved = same.filter((one) => approvalOf(one) !== undefined)
  const [newest] = (approved.length > 0 ? approved : same).sort((a, b) => newestWord(b) - newestWord(a))
  if (newest === undefined) return undefined
  const changes = planDiff(newest, run).slice(0, MOST_CHANGES)
  return { run: newest.plan.id, isApproved: approvalOf(newest) !== undefined, changes }
}

function newestWord({ approvals, plan }: PlannedRun): number {
  return approvals.reduce((newest, { at }) => Math.max(newest, at), 0) || Date.parse(plan.run.window.from)
}
