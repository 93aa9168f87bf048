import { RefusedError } from '../domain/errors.ts'
import { runStream } from '../domain/event.ts'
import type { Core } from './deps.ts'
import { readRunState } from './view.ts'

/** Approves the plan as it stands: its hash is what is approved. */
export async function approveRun(core: Core, run: string, by: string): Promise<{ hash: string }> {
  const state = await readRunState(core.store, run)
  if (state.launchedMs !== undefined) throw new RefusedError(`the run ${run} was launched already`)
  const { hash } = state.plan
  await core.store.commit({
    run,
    facts: [{ stream: runStream(run), type: 'RunApproved', data: { hash, by }, key: `approved:${hash}:${by}` }],
  })
  return { hash }
}
