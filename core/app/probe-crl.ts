import { messageOf } from '../domain/errors.ts'
import type { RevocationSeen } from '../domain/event.ts'
import { hostOf } from '../domain/loopback.ts'
import { compareEvents } from '../domain/order.ts'
import { isListed } from '../domain/work.ts'
import type { Effect, NewFact } from '../ports.ts'
import { plannedParty } from './addressed.ts'
import type { Deps } from './deps.ts'
import { CALL_DEADLINE_MS, finish, withDeadline } from './effect.ts'
import { passGate } from './gate.ts'
import { readChallenge, readLaunchedRun } from './view.ts'

/** When a CA's list was asked last, ms since 1970. Disposable, as that of the access probes. */
type Asked = { atMs: number }

/** One look into a CA's revocation list; only a change is logged. Once the certificate stands in it, nobody asks any more. */
export async function probeCrl(deps: Deps, effect: Effect): Promise<void> {
  const { store, clock } = deps
  const { stream } = effect
  const run = await readLaunchedRun(store, effect.run)
  const { crl: url } = plannedParty(run, String(effect.payload.party))
  const state = await readChallenge(store, stream)
  if (url === undefined || isListed(state)) return finish(deps, effect)
  if (!(await passGate(deps, { effect, run, hosts: [hostOf(url)], facts: [] }, () => []))) return
  const beforeMs = (await store.document<Asked>(askedName(stream)))?.atMs
  const seen = await look(deps, { url, subject: run.plan.run.identities.attacker })
  await store.putDocument(askedName(stream), { atMs: clock.now() } satisfies Asked)
  const before = [...state.revocations].sort(compareEvents).at(-1)?.data
  const data = { ...seen, ...(beforeMs === undefined ? {} : { beforeMs }) }
  // Two rounds that overlap on a slow machine tell the same change once.
  const fact: NewFact = { stream, type: 'RevocationSeen', data, key: `revocation:${state.revocations.length + 1}` }
  await finish(deps, effect, before?.listed === seen.listed ? [] : [fact])
}

function askedName(stream: string): string {
  return `crl-asked:${stream}`
}

/** A list that cannot be had is never a `no`. */
async function look(deps: Deps, { url, subject }: { url: string; subject: string }): Promise<RevocationSeen> {
  try {
    const { thisUpdateMs, ...seen } = await withDeadline(CALL_DEADLINE_MS, (signal) => deps.readCrl({ url, subject, signal }))
    // The list bears the machine's time, which is not the story's in a rehearsal.
    return thisUpdateMs === undefined ? seen : { ...seen, thisUpdateMs: thisUpdateMs + deps.clock.now() - deps.clock.wall() }
  } catch (error) {
    return { listed: 'unknown', why: messageOf(error) }
  }
}
