import { RefusedError } from '../domain/errors.ts'
import { runStream } from '../domain/event.ts'
import { isSamePerson } from '../domain/run-state.ts'
import type { Core } from './deps.ts'
import { readRunState } from './view.ts'

/** Approves the plan as it stands: its hash is what is approved, by another person than the one who made it. */
export async function approveRun(core: Core, run: string, by: string): Promise<{ hash: string }> {
  const { plan, plannedBy = '', launchedMs } = await readRunState(core.store, run)
  if (launchedMs !== undefined) throw new RefusedError(`the run ${run} was launched already`)
  refusePlanner({ plan, plannedBy }, by)
  const { hash } = plan
  await core.store.commit({
    run,
    facts: [{ stream: runStream(run), type: 'RunApproved', data: { hash, by }, key: `approved:${hash}:${by}` }],
  })
  return { hash }
}

type Planned = { plan: { id: string; run: { rehearsal: boolean } }; plannedBy?: string }

/** A run takes two people. A rehearsal reaches nobody, and takes one. */
export function refusePlanner({ plan, plannedBy = '' }: Planned, by: string): void {
  if (plan.run.rehearsal || !isSamePerson(by, plannedBy)) return
  throw new RefusedError(`${by} planned ${plan.id}: a second person must approve and launch it, with --by NAME`)
}
