import { randomBytes } from 'node:crypto'
import { readRunState, scoredAt } from './app/view.ts'
import { type BoardRow, boardRow } from './domain/board-row.ts'
import { type ChallengeState, foldChallenge, initialChallenge } from './domain/challenge.ts'
import { type ChallengeEvent, challengeStream, type RunEvent, runStream } from './domain/event.ts'
import { foldRun, outagesAt } from './domain/run-state.ts'
import { scoreChallenge } from './domain/score.ts'
import { isPlanned, type PlannedRun } from './domain/work.ts'
import { every } from './every.ts'
import type { Clock, Store } from './ports.ts'

/** A run as its board shows it. `version` changes with everything that is shown. */
export type Board = { run: PlannedRun; version: string; asOf: number; rows: readonly BoardRow[] }

export type Boards = {
  /** Brought up to date. Throws InputError when there is no such run. */
  read(run: string): Promise<Board>
  /** Told of each change until it is called off. `changed`: the rows that are others than before. */
  watch(run: string, told: (board: Board, changed: readonly BoardRow[]) => void): () => void
  close(): Promise<void>
}

type Parts = { store: Store; clock: Clock; onError(error: unknown): void }
type Told = Parameters<Boards['watch']>[1]

/** How often a board that somebody watches is compared with the log, which other processes may write, too. */
const LOOK_MS = 250
/** A board that nobody asked for so long is forgotten. */
const FORGET_MS = 600_000

/** Boards in memory: made from the log, kept up to date by what is new in it, and thrown away at will. */
export function createBoards(parts: Parts): Boards {
  const kept = new Map<string, { one: OneBoard; usedMs: number; watchers: Set<Told> }>()
  const keep = (run: string) => {
    const known = kept.get(run) ?? { one: openBoard(parts, run), usedMs: 0, watchers: new Set<Told>() }
    known.usedMs = parts.clock.wall()
    kept.set(run, known)
    return known
  }
  const look = async (run: string) => {
    const { one, watchers } = keep(run)
    const { board, changed } = await one.refresh()
    if (changed !== undefined) for (const told of watchers) told(board, changed)
    return board
  }
  const read = (run: string) =>
    look(run).catch((error) => {
      if (kept.get(run)?.watchers.size === 0) kept.delete(run)
      throw error
    })
  const turn = async () => {
    for (const [run, { watchers, usedMs }] of kept) {
      if (watchers.size > 0) await look(run)
      else if (usedMs < parts.clock.wall() - FORGET_MS) kept.delete(run)
    }
  }
  const stop = every(LOOK_MS, turn, parts.onError)
  return {
    read,
    watch: (run, told) => {
      keep(run).watchers.add(told)
      return () => void kept.get(run)?.watchers.delete(told)
    },
    close: () => stop(),
  }
}

type Refreshed = { board: Board; changed?: readonly BoardRow[] }
type OneBoard = { refresh(): Promise<Refreshed> }

/** What is known of one site's log. */
type Site = { state: ChallengeState; changedMs?: number }

/** Everything that a board is made of; thrown away whole when something in it fails. */
type Made = { board: Board; sites: Map<string, Site>; seqs: Map<string, number>; nextMs: number }

/** Those who ask at the same moment share the answer. */
function openBoard({ store, clock }: Parts, run: string): OneBoard {
  // Tells a board of this process from one before it, whose numbers began at 1, too.
  const epoch = randomBytes(6).toString('hex')
  let made: Made | undefined
  let under: Promise<Refreshed> | undefined
  let count = 0
  const refresh = async (): Promise<Refreshed> => {
    const heads = await store.heads(run)
    const now = clock.now()
    const isNew = (stream: string, seq: number) => made?.seqs.get(stream) !== seq
    const fresh = heads.filter(({ stream, seq }) => isNew(stream, seq)).map(({ stream }) => stream)
    if (made !== undefined && fresh.length === 0 && now < made.nextMs) return { board: made.board }
    const before = made
    const after = await remake(store, { run, before, fresh, now })
    const changed = after.rows.filter((row, i) => JSON.stringify(row) !== JSON.stringify(before?.board.rows[i]))
    count += 1
    const board: Board = { run: after.run, version: `${epoch}-${count}`, asOf: after.asOf, rows: after.rows }
    made = { board, sites: after.sites, seqs: new Map(heads.map(({ stream, seq }) => [stream, seq])), nextMs: nextOf(after.rows, now) }
    return { board, changed }
  }
  return {
    refresh: () => {
      under ??= refresh().finally(() => {
        under = undefined
      })
      return under
    },
  }
}

type Wish = { run: string; before: Made | undefined; fresh: readonly string[]; now: number }

async function remake(store: Store, { run: name, before, fresh, now }: Wish) {
  const run = fresh.includes(runStream(name)) || before === undefined ? await readRun(store, name) : before.board.run
  const sites = new Map(before?.sites)
  const streams = run.plan.sites.map((site) => challengeStream(name, site.name)).filter((stream) => fresh.includes(stream))
  const logs = await Promise.all(streams.map((stream) => store.readStream(stream)))
  for (const [i, stream] of streams.entries()) sites.set(stream, siteOf(logs[i] as ChallengeEvent[]))
  const isOfRun = before === undefined || run !== before.board.run || now >= before.nextMs
  const asOf = scoredAt(run, now)
  const known = new Map(isOfRun ? [] : before.board.rows.map((row) => [row.site, row]))
  const rows = run.plan.sites.map((site) => {
    const stream = challengeStream(name, site.name)
    const old = streams.includes(stream) ? undefined : known.get(site.name)
    return old ?? rowOf(run, sites.get(stream) ?? { state: initialChallenge() }, { site, asOf })
  })
  return { run, sites, rows, asOf }
}

function siteOf(log: readonly ChallengeEvent[]): Site {
  const changedMs = log.reduce((newest, { at }) => Math.max(newest, at), 0)
  return { state: foldChallenge(log), ...(log.length > 0 && { changedMs }) }
}

function rowOf(run: PlannedRun, { state, changedMs }: Site, at: Parameters<typeof scoreChallenge>[2]): BoardRow {
  const score = scoreChallenge(state, { ...run, outages: outagesAt(run, at.asOf) }, at)
  return boardRow(state, score, { hasJob: run.scenario.job !== undefined, ...(changedMs !== undefined && { changedMs }) })
}

async function readRun(store: Store, name: string): Promise<PlannedRun> {
  const state = foldRun((await store.readStream(runStream(name))) as RunEvent[])
  // It says in words what is missing.
  if (!isPlanned(state)) return (await readRunState(store, name)) as never
  return state
}

/** When a light may change without a fact: with the next deadline. */
function nextOf(rows: readonly BoardRow[], now: number): number {
  return rows.reduce((next, { nextMs }) => (nextMs !== undefined && nextMs > now ? Math.min(next, nextMs) : next), Number.POSITIVE_INFINITY)
}
