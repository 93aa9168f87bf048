import { messageOf } from '../domain/errors.ts'
import type { Effect } from '../ports.ts'
import { addressedIn } from './addressed.ts'
import type { Deps } from './deps.ts'
import { resolveJob, unsure } from './dispatch-job.ts'
import { mailAccepted, mailUnsure, nameOf, ticketOf } from './send-mail.ts'
import { readChallenge, readPlannedRun } from './view.ts'

const REASON = 'the framework ended while it was being done'

/** After a crash: what was being done is done again where that is harmless, looked up where it can be, else left to an officer. */
export async function recoverRun(deps: Deps, run: string, alive: (owner: string) => boolean): Promise<void> {
  for (const effect of await deps.store.orphans(run, alive)) await recover(deps, effect)
  for (const effect of await deps.store.effects(run, ['unsure'])) await lookUp(deps, effect)
}

/** Letters whose arrival is uncertain, and that the other side can be asked for: it may have been away when that was asked before. */
export async function lookUpLetters(deps: Deps, run: string): Promise<void> {
  const unsure = await deps.store.effects(run, ['unsure'])
  for (const effect of unsure) if (effect.kind === 'send-mail') await lookUp(deps, effect)
}

async function recover(deps: Deps, effect: Effect): Promise<void> {
  if (effect.kind === 'dispatch-job') return unsure(deps, effect, REASON)
  if (effect.kind === 'send-mail') return mailUnsure(deps, effect, REASON)
  await deps.store.commit({ run: effect.run, move: { id: effect.id, from: ['doing'], to: 'queued' } })
}

async function lookUp(deps: Deps, effect: Effect): Promise<void> {
  try {
    if (effect.kind === 'dispatch-job') await resolveJob(deps, effect)
    if (effect.kind === 'send-mail') await resolveLetter(deps, effect)
  } catch (error) {
    deps.log('what may have been done could not be looked up', { effect: effect.id, reason: messageOf(error) })
  }
}

/** A mail server cannot be asked; a ticket system can. What is not there may still come: it stays uncertain, for an officer. */
async function resolveLetter(deps: Deps, effect: Effect): Promise<void> {
  const run = await readPlannedRun(deps.store, effect.run)
  const state = await readChallenge(deps.store, effect.stream)
  const { letter, role } = nameOf(effect)
  const carrier = deps.carrierOf(addressedIn(run, effect.payload, role))
  const sent = state.letters[letter]?.sending?.data
  const found = sent === undefined ? undefined : await carrier.find?.({ messageId: sent.messageId }, { ticket: ticketOf(state) })
  if (found && sent) await mailAccepted(deps, effect, { ...found, messageId: sent.messageId, carrier: carrier.name })
}
