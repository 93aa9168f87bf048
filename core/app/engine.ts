import { messageOf } from '../domain/errors.ts'
import { runStream } from '../domain/event.ts'
import type { Order } from '../domain/task.ts'
import {
  type Addressee,
  isLaunched,
  isPlanned,
  type PlannedRun,
  type Work,
  workBeforeLaunch,
  workOfChallenge,
  workOfParty,
  workOfRun,
} from '../domain/work.ts'
import type { Effect, EffectKind, JobQueue, NewFact } from '../ports.ts'
import { cancelJob } from './cancel-job.ts'
import type { Deps } from './deps.ts'
import { dispatchJob, unsure } from './dispatch-job.ts'
import { endRun } from './end-run.ts'
import { followJobs } from './follow-jobs.ts'
import { createLanes, type Lanes } from './lanes.ts'
import { createOffers } from './offers.ts'
import { openWaveWhenSeen } from './open-wave.ts'
import { probeAccess } from './probe-access.ts'
import { probeCrl } from './probe-crl.ts'
import { probePakiti } from './probe-pakiti.ts'
import { mailUnsure, refusal as refusalOfMail, sendMail } from './send-mail.ts'
import { sendTask } from './send-task.ts'
import { readChallenge, readRunState, streamOf } from './view.ts'
import { readGocdb } from './watch-gocdb.ts'

const performers: Record<EffectKind, (deps: Deps, effect: Effect) => Promise<void>> = {
  'dispatch-job': dispatchJob,
  'follow-jobs': followJobs,
  'cancel-job': cancelJob,
  'probe-access': probeAccess,
  'probe-pakiti': probePakiti,
  'probe-crl': probeCrl,
  'read-gocdb': readGocdb,
  'send-mail': sendMail,
  'send-task': sendTask,
  'end-run': endRun,
}

/** Does one piece of work that the queue hands out; what is no longer open was done already. Never throws. */
async function perform(deps: Deps, id: string): Promise<void> {
  try {
    await attempt(deps, id)
  } catch (error) {
    // The store did not take it: it is still open there, and is offered again.
    deps.log('a piece of work could not be done', { effect: id, reason: messageOf(error) })
  }
}

async function attempt(deps: Deps, id: string): Promise<void> {
  const effect = await deps.store.effect(id)
  if (effect === undefined || (effect.state !== 'queued' && effect.state !== 'deferred') || effect.due > deps.clock.now()) return
  try {
    await performers[effect.kind](deps, effect)
  } catch (error) {
    deps.log('a piece of work failed', { effect: id, reason: messageOf(error) })
    await giveUp(deps, effect, `a fault of the framework: ${messageOf(error)}`)
  }
}

/** A fault of our own ends the work: refused when nothing had been done yet, else uncertain. An officer sees both. */
async function giveUp(deps: Deps, effect: Effect, reason: string): Promise<void> {
  const { stream, run, id, kind } = effect
  const refusal = { effect: id, by: 'framework' as const, reason }
  const facts: NewFact[] = []
  if (kind === 'dispatch-job') facts.push({ stream, type: 'JobRefused', data: refusal })
  if (kind === 'send-mail') facts.push(refusalOfMail(effect, { by: 'framework', reason }))
  // Without it the tasks behind this one would wait for ever.
  if (kind === 'send-task') facts.push({ stream, type: 'TaskRefused', data: { ...refusal, ...(effect.payload.order as Order) } })
  const refused = await deps.store.commit({ run, move: { id, from: ['queued', 'deferred'], to: 'refused' }, facts })
  if (refused === 'applied') return
  if (kind === 'dispatch-job') return unsure(deps, effect, reason)
  if (kind === 'send-mail') return mailUnsure(deps, effect, reason)
  await deps.store.commit({ run, move: { id, from: ['doing'], to: 'refused' }, facts })
}

/** Makes of the facts the work that they call for, and hands what is due to the queue. All of it can be forgotten and made anew. */
export function createEngine(deps: Deps, queue: JobQueue) {
  /** How far each stream was looked at. */
  const seen = new Map<string, number>()
  /** Ids of the work that is in the store. */
  const made = new Set<string>()
  const offers = createOffers(deps.clock.wall)
  const way = laneWay(deps, queue)

  /** One look at a run; gives back how many pieces of work are open now. */
  async function tick(run: string): Promise<number> {
    await look(run)
    const due = await deps.store.dueEffects(run, deps.clock.now())
    const fresh = offers.toOffer(run, due)
    if (fresh.length > 0) await way.offer(fresh)
    return due.length
  }

  async function look(run: string): Promise<void> {
    const heads = await deps.store.heads(run)
    const changed = new Set(heads.filter((head) => seen.get(head.stream) !== head.seq).map((head) => head.stream))
    if (changed.size === 0) return
    const state = await readRunState(deps.store, run)
    if (!isPlanned(state)) return
    const isSeen = state.plan.sites.some((site) => site.canary && isConcerned(state, site, changed))
    if (isLaunched(state) && isSeen) await openWaveWhenSeen(deps, state)
    const work = [...(isLaunched(state) ? workOfRun(state) : []), ...(await workOfChanged(state, changed))].filter(
      (one) => !made.has(one.id),
    )
    if (work.length > 0) await deps.store.commit({ run, effects: work })
    for (const one of work) made.add(one.id)
    for (const head of heads) seen.set(head.stream, head.seq)
  }

  async function workOfChanged(run: PlannedRun, changed: ReadonlySet<string>): Promise<Work[]> {
    const { sites, parties } = run.plan
    const concerned = [...sites, ...parties].filter((one) => isConcerned(run, one, changed))
    // All are asked for at once: the store reads many streams in one go.
    const work = await Promise.all(
      concerned.map(async (one) => {
        const state = await readChallenge(deps.store, streamOf(run, one))
        if (!isLaunched(run)) return workBeforeLaunch(run, one, state)
        return 'role' in one ? workOfParty(run, one, state) : workOfChallenge(run, one, state)
      }),
    )
    return work.flat()
  }

  return { tick, start: way.start, close: way.close }
}

/** A run's own fact, such as its stop, calls for a look at every challenge. */
function isConcerned(run: PlannedRun, site: Addressee, changed: ReadonlySet<string>): boolean {
  return changed.has(runStream(run.plan.id)) || changed.has(streamOf(run, site))
}

/** From the queue into the lanes. */
function laneWay(deps: Deps, queue: JobQueue) {
  const names = new Map<string, string>()
  let lanes: Lanes | undefined

  async function offer(effects: readonly Effect[]): Promise<void> {
    for (const effect of effects) names.set(effect.id, laneOf(effect))
    await queue.add(effects.map((effect) => effect.id))
  }

  /** So many at once in each lane. */
  function start(atOnce: number): void {
    lanes = createLanes(atOnce, (id) => perform(deps, id))
    queue.work(async (id) => {
      const lane = names.get(id) ?? laneOf(await deps.store.effect(id))
      names.delete(id)
      lanes?.take(lane, id)
    }, atOnce)
  }

  /** Work that is under way comes to its end. */
  async function close(): Promise<void> {
    await queue.close()
    await lanes?.close()
  }

  return { offer, start, close }
}

/** What reaches a job system goes in that system's lane. */
function laneOf(effect: Effect | undefined): string {
  const submitter = effect?.kind === 'dispatch-job' || effect?.kind === 'cancel-job' ? effect.payload.submitter : undefined
  return submitter === undefined ? String(effect?.kind) : `jobs ${submitter}`
}

export type Engine = ReturnType<typeof createEngine>
