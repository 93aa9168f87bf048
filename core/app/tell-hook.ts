import { InputError, messageOf, RefusedError } from '../domain/errors.ts'
import type { Event } from '../domain/event.ts'
import { hostOf, outsideReason } from '../domain/loopback.ts'
import { bodyOf, type Notice, noticesOf } from '../domain/notice.ts'
import { plainLine } from '../domain/text.ts'
import { type WebhookOptions, waitMs, wantsRun } from '../domain/webhook.ts'
import type { Core, Deps } from './deps.ts'
import { readRunState } from './view.ts'

/** What could not be told for so long is told no more. */
const LONGEST_MS = 3 * 86_400_000

/** By so much the clocks of our processes may differ. */
const SKEW_MS = 60_000

/** How a hook stands, as a document of the store. Times in ms since 1970. */
export type HookState = {
  /** What is older is not told. */
  sinceMs: number
  /** In a row. */
  failures: number
  /** When it is tried again. */
  nextMs?: number
  /** How many notices were never taken, in all. */
  givenUp: number
  last?: { name: string; at: number; triedMs: number; answer: string; isTaken: boolean }
}

export type Hook = WebhookOptions & { name: string }

export type TellDeps = Pick<Core, 'store' | 'clock' | 'sha256'> & {
  log: Deps['log']
  /** Sends it, signed. Gives back the answer in a word; throws when it was not taken. */
  post(hook: Hook, message: { id: string; body: string }): Promise<string>
  /** Runs that are none of ours to tell of, such as those of `rehearse`. */
  leftOut(): Promise<readonly string[]>
}

export const hookDocument = (hook: string) => `webhook ${hook}`
const cursorDocument = (hook: string, run: string) => `webhook ${hook} ${run}`

/** The newest place of each stream that was told, or that there was nothing to tell of. */
type Cursor = Record<string, number>
type News = { run: string; rehearsal: boolean; cursor: Cursor; event: Event }

/**
 * Gives the turn that is repeated: it tells the hook what is new in the logs, each notice at least once, in the order of the log. What
 * was not taken is tried again later, and what follows waits for it. A kill at any moment repeats one notice at most, under the same id.
 */
export function createTeller(deps: TellDeps, hook: Hook): (ending: AbortSignal) => Promise<void> {
  const { store, clock } = deps
  /** How many facts a run had when all of them were told. */
  const known = new Map<string, number>()
  return async (ending) => {
    const before = (await store.document<HookState>(hookDocument(hook.name))) ?? (await begin(deps, hook))
    if ((before.nextMs ?? 0) > clock.now()) return
    const leftOut = await deps.leftOut()
    const runs = (await store.listRuns()).filter(({ run }) => wantsRun(hook, run) && !leftOut.includes(run))
    const changed = runs.filter(({ run, events }) => known.get(run) !== events)
    const news = (await Promise.all(changed.map(({ run }) => newsOf(deps, { hook, run, sinceMs: before.sinceMs - SKEW_MS })))).flat()
    const isAll = await tellAll(deps, { hook, state: before, news: inOrder(news), ending })
    if (isAll) for (const { run, events } of changed) known.set(run, events)
  }
}

/** A new hook is told of what comes from now on. The state is written last: a kill before it begins anew. */
async function begin({ store, clock }: TellDeps, { name }: Hook): Promise<HookState> {
  for (const { run } of await store.listRuns()) {
    const heads = await store.heads(run)
    await store.putDocument(cursorDocument(name, run), Object.fromEntries(heads.map(({ stream, seq }) => [stream, seq])))
  }
  const state = { sinceMs: clock.now(), failures: 0, givenUp: 0 }
  await store.putDocument(hookDocument(name), state)
  return state
}

type Look = { hook: Hook; run: string; sinceMs: number }

/** Of a run that the hook was not told of before, what is older than the hook is left out. */
async function newsOf({ store }: TellDeps, { hook, run, sinceMs }: Look): Promise<News[]> {
  const kept = await store.document<Cursor>(cursorDocument(hook.name, run))
  const cursor = kept ?? {}
  const fresh = (await store.heads(run)).filter(({ stream, seq }) => seq > (cursor[stream] ?? 0))
  if (fresh.length === 0) return []
  const rehearsal = await isRehearsal(store, run)
  if (rehearsal === undefined) return []
  const logs = await Promise.all(fresh.map(({ stream }) => store.readStream(stream)))
  const isNew = ({ stream, seq, at }: Event) => seq > (cursor[stream] ?? 0) && (kept !== undefined || at >= sinceMs)
  const events = logs.flatMap((log) => log.filter(isNew))
  return events.map((event) => ({ run, rehearsal, cursor, event }))
}

/** Undefined when nothing was planned under the name. */
async function isRehearsal(store: TellDeps['store'], run: string): Promise<boolean | undefined> {
  try {
    return (await readRunState(store, run)).plan.run.rehearsal
  } catch (error) {
    if (error instanceof InputError) return undefined
    throw error
  }
}

/** By time, but never against the order of a stream, whose writers' clocks may differ. */
function inOrder(news: readonly News[]): News[] {
  const newest = new Map<string, number>()
  const timed = news.map((one) => {
    const at = Math.max(one.event.at, newest.get(one.event.stream) ?? 0)
    newest.set(one.event.stream, at)
    return { one, at }
  })
  return timed
    .sort((a, b) => a.at - b.at || (a.one.event.stream === b.one.event.stream ? a.one.event.seq - b.one.event.seq : 0))
    .map(({ one }) => one)
}

type Telling = { hook: Hook; state: HookState; news: readonly News[]; ending: AbortSignal }

/** Whether all of it was told. A fact is behind us when all that it means to the hook was taken. */
async function tellAll(deps: TellDeps, { hook, state, news, ending }: Telling): Promise<boolean> {
  const { store } = deps
  const moved = new Map<string, Cursor>()
  let [before, now] = [state, state]
  for (const [i, one] of news.entries()) {
    for (const notice of wanted(hook, one)) {
      now = await tellOne(deps, { hook, state: now, notice })
      if (now.failures === 0) continue
      // An end of ours is no fault of theirs.
      if (!ending.aborted) await waitOrGiveUp(deps, { hook, state: now, news: news.slice(i), moved })
      await keep(deps, hook, moved)
      return false
    }
    moveOn(one, moved)
    if (now === before) continue
    await keep(deps, hook, moved)
    await store.putDocument(hookDocument(hook.name), now)
    before = now
    if (ending.aborted) return false
  }
  await keep(deps, hook, moved)
  return true
}

function moveOn({ run, cursor, event }: News, moved: Map<string, Cursor>): void {
  cursor[event.stream] = event.seq
  moved.set(run, cursor)
}

async function keep({ store }: TellDeps, { name }: Hook, moved: Map<string, Cursor>): Promise<void> {
  for (const [run, cursor] of moved) await store.putDocument(cursorDocument(name, run), cursor)
  moved.clear()
}

/** A rehearsal reaches nobody: its news stay on this machine. */
function wanted(hook: Hook, { run, rehearsal, event }: News): Notice[] {
  if (rehearsal && outsideReason([hostOf(hook.url)]) !== undefined) return []
  return noticesOf(event, { run, rehearsal }).filter(({ name }) => hook.events.includes(name))
}

type One = { hook: Hook; state: HookState; notice: Notice }

async function tellOne({ post, sha256, clock }: TellDeps, { hook, state, notice }: One): Promise<HookState> {
  const { nextMs, ...rest } = state
  const { name, at } = notice
  const message = { id: `msg_${sha256(notice.place).slice(0, 32)}`, body: bodyOf(notice) }
  try {
    const answer = await post(hook, message)
    return { ...rest, failures: 0, last: { name, at, triedMs: clock.now(), answer, isTaken: true } }
  } catch (error) {
    // It is not ours to tell.
    if (error instanceof RefusedError) throw error
    const failures = state.failures + 1
    const answer = plainLine(messageOf(error), 300)
    return { ...rest, failures, nextMs: clock.now() + waitMs(failures), last: { name, at, triedMs: clock.now(), answer, isTaken: false } }
  }
}

type Failed = { hook: Hook; state: HookState; news: readonly News[]; moved: Map<string, Cursor> }

/** What is too old by now is told no more; the rest waits. */
async function waitOrGiveUp({ store, clock, log }: TellDeps, { hook, state, news, moved }: Failed): Promise<void> {
  const firstYoung = news.findIndex(({ event }) => event.at > clock.now() - LONGEST_MS)
  const old = firstYoung < 0 ? news : news.slice(0, firstYoung)
  const notTold = old.flatMap((one) => wanted(hook, one)).length
  for (const one of old) moveOn(one, moved)
  const about = { webhook: hook.name, answer: state.last?.answer ?? '' }
  if (notTold > 0) log('a webhook was away for too long: it was not told everything', { ...about, notTold })
  else if (state.failures === 1) log('a webhook did not take what it was told: it is tried again', about)
  await store.putDocument(hookDocument(hook.name), { ...state, givenUp: state.givenUp + notTold })
}
