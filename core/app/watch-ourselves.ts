import { runStream } from '../domain/event.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { Deps } from './deps.ts'
import { withDeadline } from './effect.ts'

/** How our own side is asked, as those do it who need it: true when it answers. */
export type Asks = {
  listener(address: string, signal: AbortSignal): Promise<boolean>
  mailServer(signal: AbortSignal): Promise<boolean>
}

/** Something that runs need of us, and what is said of the time in which it was not there. */
type Part = { name: string; words: string; runs: LaunchedRun[]; isUp(signal: AbortSignal): Promise<boolean> }

/** The document that tells what is down, and since when (ms since 1970): a restart does not lose it. */
export const DOWN = 'down'
export type Down = Record<string, number>

/** Longest time in which an answer may come. */
const DEADLINE_MS = 10_000

type WatchDeps = Pick<Deps, 'store' | 'clock' | 'listenerUrls' | 'log'>

/**
 * Gives the look that is repeated: what fails twice in a row is down since its first failure, and when it is back, the time is a
 * fact of every run that needed it, so that it does not count against the sites. An outage that still lasts is no fact yet.
 */
export function createWatch(deps: WatchDeps, asks: Asks) {
  const { store, clock } = deps
  /** When what answered before failed for the first time; one failure alone is forgotten. */
  const failed = new Map<string, number>()

  return async function look(runs: readonly LaunchedRun[], ending: AbortSignal): Promise<void> {
    const askedMs = clock.now()
    const parts = partsOf(deps, runs, asks)
    if (ending.aborted) return
    const up = await Promise.all(parts.map((part) => answers(part, ending)))
    if (ending.aborted) return
    const before = (await store.document<Down>(DOWN)) ?? {}
    const now: Down = {}
    for (const [i, part] of parts.entries()) {
      const since = before[part.name] ?? failed.get(part.name)
      failed.delete(part.name)
      if (up[i]) await recordOutage(deps, part, before[part.name])
      else if (since === undefined) failed.set(part.name, askedMs)
      else now[part.name] = since
    }
    if (JSON.stringify(now) === JSON.stringify(before)) return
    await store.putDocument(DOWN, now)
    deps.log(Object.keys(now).length === 0 ? 'all of our own side answers' : 'a part of our own side does not answer', now)
  }
}

/** The runs with one list of addresses share the part that stands for it: it is there when any of them answers. */
function partsOf({ listenerUrls }: WatchDeps, runs: readonly LaunchedRun[], asks: Asks): Part[] {
  if (runs.length === 0) return []
  const parts = new Map<string, Part>()
  for (const run of runs) {
    const addresses = run.plan.listeners.length > 0 ? run.plan.listeners : listenerUrls
    const name = `listener ${addresses.join(' ')}`
    const part = parts.get(name) ?? {
      name,
      words: 'no listener could be reached',
      runs: [],
      isUp: (signal) => anyOf(addresses, (one) => asks.listener(one, signal)),
    }
    part.runs.push(run)
    parts.set(name, part)
  }
  return [...parts.values(), { name: 'mail server', words: 'the mail server did not answer', runs: [...runs], isUp: asks.mailServer }]
}

/** As soon as one of them does: one that hangs keeps no other waiting. */
function anyOf(addresses: readonly string[], ask: (address: string) => Promise<boolean>): Promise<boolean> {
  const asked = addresses.map(async (one) => {
    if (!(await ask(one))) throw new Error(`${one} does not answer`)
    return true
  })
  return Promise.any(asked)
}

async function answers({ isUp }: Part, ending: AbortSignal): Promise<boolean> {
  try {
    return await withDeadline(DEADLINE_MS, (signal) => isUp(AbortSignal.any([signal, ending])))
  } catch {
    return false
  }
}

async function recordOutage({ store, clock }: WatchDeps, { words, runs }: Part, since: number | undefined): Promise<void> {
  if (since === undefined) return
  const untilMs = clock.now()
  for (const { plan, launchedMs } of runs) {
    const data = { fromMs: Math.max(since, launchedMs), untilMs, what: words }
    if (data.fromMs >= untilMs) continue
    const fact = { stream: runStream(plan.id), type: 'OutageRecorded' as const, data, key: `outage:${words}:${since}` }
    await store.commit({ run: plan.id, facts: [fact] })
  }
}
