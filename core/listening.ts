import { createCodeCheck } from './app/genuine.ts'
import { batchHeartbeats } from './app/take-heartbeat.ts'
import { readRunState } from './app/view.ts'
import { pausedBy } from './domain/run-state.ts'
import type { ListenerParts } from './http/listener.ts'
import type { Instance } from './instance.ts'
import { openStopFile, openStopLines, type StopFile, type StopLines } from './io/stop-file.ts'

/** How long an answer about a stop is kept: a stop is seen within this time. */
const KEPT_MS = 1_000

/** What the listener asks of the store and of this machine. It signs nothing, and has no key to. */
export function listenerPartsOf(instance: Instance): ListenerParts {
  const { store, clock, keys, config, sha256 } = instance
  const stops = { file: openStopFile(config.home), lines: openStopLines(config.home) }
  const runOf = kept((run: string) => readRunState(store, run).catch(() => undefined))
  const lineOf = async (run: string) => (await runOf(run))?.stopLine
  return {
    take: batchHeartbeats(store, clock),
    token: keys.jobToken,
    stopLine: lineOf,
    isPaused: async (run) => {
      const state = await runOf(run)
      return state === undefined || pausedBy(state) !== undefined
    },
    lastStop: kept(async (job: string) => lastStop(stops, job)),
    published: async (run) => {
      if (stops.file.wordFor(run) !== undefined) return stops.lines.read(run)
      const state = await runOf(run)
      return state?.stopped === undefined ? undefined : state.stopLine
    },
    genuine: createCodeCheck({ store, sha256 }),
    contact: config.contact,
  }
}

/** While a STOP file lies here the agents of its runs are told so without the store. A job is named `ssc-RUN-SITE`. */
function lastStop({ file, lines }: { file: StopFile; lines: StopLines }, job: string): string | undefined {
  if (!file.isThere()) return undefined
  const runs = lines.runs().filter((run) => job.startsWith(`ssc-${run}-`))
  const run = runs.sort((a, b) => b.length - a.length)[0]
  return run === undefined || file.wordFor(run) === undefined ? undefined : lines.read(run)
}

/** Asked once in a while only, however many ask. */
function kept<Value>(ask: (name: string) => Promise<Value>): (name: string) => Promise<Value> {
  const answers = new Map<string, { at: number; value: Promise<Value> }>()
  return (name) => {
    const now = performance.now()
    const last = answers.get(name)
    if (last !== undefined && now - last.at < KEPT_MS) return last.value
    if (answers.size >= MOST_KEPT) answers.clear()
    const value = ask(name)
    answers.set(name, { at: now, value })
    return value
  }
}

const MOST_KEPT = 5_000
