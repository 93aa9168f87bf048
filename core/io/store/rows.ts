import type { Event } from '../../domain/event.ts'
import { canonicalJson } from '../../domain/json.ts'
import type { Change, Effect, NewFact } from '../../ports.ts'

export type EventRow = { stream: string; seq: number; body: string; hash: string }
export type EffectRow = Omit<Effect, 'payload'> & { payload: string }

export function eventOf(row: EventRow): Event {
  return { ...JSON.parse(row.body), stream: row.stream, seq: row.seq, hash: row.hash }
}

export function effectOf(row: EffectRow): Effect {
  return { ...row, payload: JSON.parse(row.payload) }
}

/**
 * The changes as `ssc.commit` takes them: flat lists, in which `change` is the change's place in the batch. Facts are text
 * from here on: their hash is taken over these characters.
 */
export function batchOf(changes: readonly Change[], now: number): Record<string, unknown> {
  const each = <Row>(rowsOf: (change: Change) => readonly Row[]) => {
    const rows = changes.flatMap((change, i) => rowsOf(change).map((row) => ({ run: change.run, ...row, change: i })))
    return rows.length === 0 ? undefined : rows
  }
  return {
    changes: changes.length,
    moves: each(({ move }) =>
      move === undefined ? [] : [{ ...move, count: move.count?.name, most: move.count?.max, amount: move.count?.by ?? 1 }],
    ),
    facts: each(({ facts = [] }) => facts.map((fact) => factRow(fact, now)))?.map((row, n) => ({ ...row, n })),
    effects: each(({ effects = [] }) => effects.map((effect) => ({ ...effect, payload: canonicalJson(effect.payload) }))),
    jobs: each(({ jobs = [] }) => jobs),
    tasks: each(({ tasks = [] }) => tasks),
    contents: each(({ contents = [] }) => contents.map((one) => ({ ...one, kept: now, bytes: Buffer.from(one.bytes).toString('base64') }))),
    refs: each(({ refs = [] }) => refs),
    stopJobs: each(({ stopJobs = [] }) => stopJobs.map((stream) => ({ stream }))),
    freeJobs: each(({ freeJobs = [] }) => freeJobs.map((stream) => ({ stream }))),
  }
}

function factRow(fact: NewFact, now: number): { stream: string; key: string | undefined; body: string } {
  const body = canonicalJson({ at: now, data: fact.data, key: fact.key, type: fact.type })
  return { stream: fact.stream, key: fact.key, body }
}
