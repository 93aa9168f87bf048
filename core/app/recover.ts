import { messageOf } from '../domain/errors.ts'
import type { Effect } from '../ports.ts'
import type { Deps } from './deps.ts'
import { resolveJob, unsure } from './dispatch-job.ts'
import { mailUnsure } from './send-mail.ts'

const REASON = 'the framework ended while it was being done'

/** After a crash: what was being done is done again where that is harmless, looked up where it can be, else left to an officer. */
export async function recoverRun(deps: Deps, run: string, alive: (owner: string) => boolean): Promise<void> {
  for (const effect of await deps.store.orphans(run, alive)) await recover(deps, effect)
  for (const effect of await deps.store.effects(run, ['unsure'])) if (effect.kind === 'dispatch-job') await lookUp(deps, effect)
}

async function recover(deps: Deps, effect: Effect): Promise<void> {
  if (effect.kind === 'dispatch-job') return unsure(deps, effect, REASON)
  if (effect.kind === 'send-mail') return mailUnsure(deps, effect, REASON)
  await deps.store.commit({ run: effect.run, move: { id: effect.id, from: ['doing'], to: 'queued' } })
}

async function lookUp(deps: Deps, effect: Effect): Promise<void> {
  try {
    await resolveJob(deps, effect)
  } catch (error) {
    deps.log('a job that may have started could not be looked up', { effect: effect.id, reason: messageOf(error) })
  }
}
