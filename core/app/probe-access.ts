import { isBan, keyOf } from '../domain/access.ts'
import type { ChallengeState } from '../domain/challenge.ts'
import { messageOf } from '../domain/errors.ts'
import type { AccessAnswer } from '../domain/event.ts'
import type { PlannedSite } from '../domain/plan.ts'
import { pausedBy } from '../domain/run-state.ts'
import { createSlots, type Slots } from '../domain/slots.ts'
import type { ProbeResult, Prober } from '../domain/submitter.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { Effect, NewFact } from '../ports.ts'
import type { Deps } from './deps.ts'
import { targetOf } from './dispatch-job.ts'
import { CALL_DEADLINE_MS, finish, withDeadline } from './effect.ts'
import { judge, passGate } from './gate.ts'
import { readChallenge, readLaunchedRun, streamOf } from './view.ts'

/** One service of a site, and what is known of it. */
type Place = { site: PlannedSite; stream: string; prober: Prober; endpoint: string; before: AccessAnswer | undefined }
type Round = {
  effect: Effect
  run: LaunchedRun
  asked: Asked
  slotsOf: ReturnType<typeof createSlotsByName>
  isStopped(): Promise<boolean>
}

/** When each service was asked last, ms since 1970. Disposable: without it a change is merely known less exactly. */
export type Asked = Record<string, number>

/** The document that holds them. */
export function askedName(run: string): string {
  return `access-asked:${run}`
}

/**
 * One round: every service of every alerted site is asked by each identity at once, and only changes are logged. A service that
 * hangs keeps no other waiting, and how many processes and sockets there are is bounded for each plug-in.
 */
export async function probeAccess(deps: Deps, effect: Effect): Promise<void> {
  const run = await readLaunchedRun(deps.store, effect.run)
  if (!(await passGate(deps, { effect, run, hosts: [], facts: [] }, () => []))) return
  const asked = (await deps.store.document<Asked>(askedName(effect.run))) ?? {}
  const round: Round = { effect, run, asked: { ...asked }, slotsOf: createSlotsByName(), isStopped: stopWatch(deps, run) }
  const places = await placesOf(deps, run)
  await Promise.all(places.map((place) => probePlace(deps, round, place)))
  await deps.store.putDocument(askedName(effect.run), round.asked)
  await finish(deps, effect)
}

async function placesOf(deps: Deps, run: LaunchedRun): Promise<Place[]> {
  const places = await Promise.all(
    run.plan.sites.map(async (site) => {
      const stream = streamOf(run, site)
      const state = await readChallenge(deps.store, stream)
      if (state.mails.alert.accepted === undefined) return []
      return site.probes.flatMap(({ service, endpoint }) => {
        const prober = deps.probers.get(service)
        return prober === undefined ? [] : [{ site, stream, prober, endpoint, before: lastAnswer(state, { service, endpoint }) }]
      })
    }),
  )
  return places.flat()
}

function lastAnswer(state: ChallengeState, of: { service: string; endpoint: string }): AccessAnswer | undefined {
  return state.access.findLast(({ data }) => keyOf(data) === keyOf(of))?.data
}

async function probePlace(deps: Deps, round: Round, place: Place): Promise<void> {
  const { effect, run, asked } = round
  const { site, stream, prober, endpoint, before } = place
  const intent = { effect, run, site, hosts: deps.hostsOf(prober, endpoint), facts: [] }
  if (judge(intent, deps.clock.now()).pass !== 'go') return
  const { attacker, control, revoked } = run.plan.run.identities
  const inTurn = round.slotsOf(prober)
  // The deadline of a question begins when it is asked, not while it waits for its turn.
  const ask = (identity: string) => inTurn(async () => ((await round.isStopped()) ? undefined : askAs(deps, { run, place, identity })))
  const [one, other, third] = await Promise.all([ask(attacker), ask(control), revoked === undefined ? undefined : ask(revoked)])
  if (one === undefined || other === undefined) return
  const key = `${site.name} ${keyOf({ service: prober.name, endpoint })}`
  const beforeMs = asked[key]
  const answer: AccessAnswer = {
    attacker: one.access,
    control: other.access,
    ...(third === undefined ? {} : { revoked: third.access }),
    service: prober.name,
    endpoint,
    words: one.words.slice(0, MOST_WORDS),
    ...(beforeMs === undefined ? {} : { beforeMs }),
  }
  asked[key] = deps.clock.now()
  const facts: NewFact[] = hasChanged(before, answer) ? [{ stream, type: 'AccessChanged', data: answer, key: `${effect.id} ${key}` }] : []
  if (before === undefined) facts.push(...(await survey(deps, { run, place })))
  if (facts.length > 0) await deps.store.commit({ run: effect.run, facts })
}

const AT_ONCE = 48
const MOST_WORDS = 500

function createSlotsByName() {
  const byName = new Map<string, Slots>()
  return ({ name, atOnce = AT_ONCE }: Prober): Slots => {
    const slots = byName.get(name) ?? createSlots(atOnce)
    byName.set(name, slots)
    return slots
  }
}

function hasChanged(before: AccessAnswer | undefined, now: AccessAnswer): boolean {
  if (before === undefined || isBan(before) !== isBan(now)) return true
  return before.attacker !== now.attacker || before.control !== now.control || before.revoked !== now.revoked
}

type Question = { run: LaunchedRun; place: Place; identity: string }

/** A probe that fails is never a ban. */
async function askAs(deps: Deps, { run, place, identity }: Question): Promise<ProbeResult> {
  const { prober, site, endpoint } = place
  try {
    const lapse = await deps.lapseOf(prober, identity)
    if (lapse !== undefined) return { access: 'unknown', words: lapse }
    return await withDeadline(CALL_DEADLINE_MS, (signal) => {
      const ctx = deps.contextOf({ plugin: prober, run: run.plan.id, subject: identity, endpoints: [endpoint], signal })
      return prober.probe(targetOf(run, site, { identity, endpoint }), ctx)
    })
  } catch (error) {
    return { access: 'unknown', words: messageOf(error) }
  }
}

/** Once for each service: what should not be there, seen by the identity that is let in. */
async function survey(deps: Deps, { run, place }: Omit<Question, 'identity'>): Promise<NewFact[]> {
  const { prober, site, stream, endpoint } = place
  const { control } = run.plan.run.identities
  if (prober.survey === undefined || (await deps.lapseOf(prober, control)) !== undefined) return []
  try {
    const found = await withDeadline(CALL_DEADLINE_MS, (signal) => {
      const ctx = deps.contextOf({ plugin: prober, run: run.plan.id, subject: control, endpoints: [endpoint], signal })
      return prober.survey!(targetOf(run, site, { identity: control, endpoint }), ctx)
    })
    if (!found.ok) throw new Error(found.reason)
    return found.value.map(({ what, words }) => ({
      stream,
      type: 'AccessFinding',
      data: { service: prober.name, endpoint, what, words: words.slice(0, MOST_WORDS) },
      key: `finding:${keyOf({ service: prober.name, endpoint })}:${what}`,
    }))
  } catch (error) {
    deps.log('a service could not be looked through', { site: site.name, service: prober.name, reason: messageOf(error) })
    return []
  }
}

function isShut(run: LaunchedRun): boolean {
  return run.stopped !== undefined || pausedBy(run) !== undefined
}

/** Probes stop and pause with the run: also those of a round that is under way. The file is asked each time, the store at most once a second. */
function stopWatch({ store, clock, haltOf }: Deps, run: LaunchedRun): () => Promise<boolean> {
  let asked: { at: number; isStopped: Promise<boolean> } | undefined
  return async () => {
    if (haltOf(run.plan.id) !== undefined) return true
    const now = clock.wall()
    if (asked === undefined || now - asked.at >= 1_000) asked = { at: now, isStopped: readLaunchedRun(store, run.plan.id).then(isShut) }
    return asked.isStopped
  }
}
