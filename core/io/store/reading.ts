import type { Event } from '../../domain/event.ts'
import type { Effect, Liveness, Ref, RunRow, Store } from '../../ports.ts'
import type { Db } from './db.ts'
import { inBatches } from './in-batches.ts'
import { keepRunStreams, type Since } from './kept-streams.ts'
import { type EffectRow, type EventRow, effectOf, eventOf } from './rows.ts'

const READS = { most: 200, lanes: 1 }
const EVENT_COLUMNS = 'stream, seq, body, hash'
const EFFECT_COLUMNS = 'id, run, stream, kind, due, state, attempts, owner, payload'
const JOB_COLUMNS =
  'job, run, stream, state, first_ms as "firstMs", last_ms as "lastMs", count, stop, told_task as "toldTask", newest_task as "newestTask"'

type Reading = Pick<
  Store,
  | 'readStream'
  | 'readRun'
  | 'heads'
  | 'chainRows'
  | 'listRuns'
  | 'effect'
  | 'effects'
  | 'dueEffects'
  | 'nextDue'
  | 'liveness'
  | 'job'
  | 'orphans'
  | 'refs'
>

/** What is asked for at the same moment shares a statement. */
export function reading(db: Db): Reading {
  const events = async (where: string, params: unknown[]) =>
    (await db.query<EventRow>(`select ${EVENT_COLUMNS} from ssc.events where ${where}`, params)).map(eventOf)
  const effects = async (where: string, params: unknown[]): Promise<Effect[]> =>
    (await db.query<EffectRow>(`select ${EFFECT_COLUMNS} from ssc.effects where ${where} order by due, id`, params)).map(effectOf)
  const readEffects = async (ids: string[]) => {
    const found = new Map((await effects('id = any($1::text[])', [ids])).map((effect) => [effect.id, effect]))
    return ids.map((id) => found.get(id))
  }
  return {
    readStream: keepRunStreams(inBatches((wanted: Since[]) => readStreams(db, wanted), READS)),
    readRun: (run) => events('run = $1 order by (stream like \'run/%\') desc, stream collate "C", seq', [run]),
    heads: (run) => db.query('select stream, seq, hash from ssc.chains where run = $1 order by stream collate "C"', [run]),
    chainRows: (run) => db.query(`select ${EVENT_COLUMNS} from ssc.events where run = $1 order by stream collate "C", seq`, [run]),
    listRuns: () =>
      db.query<RunRow>(
        "select run, sum(seq)::int as events from ssc.chains where run in (select run from ssc.chains where stream = 'run/' || run) group by run order by run",
      ),
    effect: inBatches((ids: string[]) => readEffects(ids), READS),
    effects: (run, states) => effects('run = $1 and state = any($2::text[])', [run, states]),
    dueEffects: (run, now) => effects("run = $1 and state in ('queued', 'deferred') and due <= $2", [run, now]),
    nextDue: async (run) => {
      const [row] = await db.query<{ due: number | null }>(
        "select min(due) as due from ssc.effects where run = $1 and state in ('queued', 'deferred')",
        [run],
      )
      return row?.due ?? undefined
    },
    refs: (refs) => db.query<Ref>('select ref, run, stream, mail, letter, role from ssc.refs where ref = any($1::text[])', [refs]),
    liveness: (run) => db.query<Liveness>(`select ${JOB_COLUMNS} from ssc.liveness where run = $1 order by job`, [run]),
    job: async (job) => (await db.query<Liveness>(`select ${JOB_COLUMNS} from ssc.liveness where job = $1`, [job]))[0],
    orphans: async (run, alive) => (await effects("run = $1 and state = 'doing'", [run])).filter((one) => !alive(one.owner ?? '')),
  }
}

async function readStreams(db: Db, wanted: Since[]): Promise<Event[][]> {
  const after = new Map<string, number>()
  for (const one of wanted) after.set(one.stream, Math.min(one.after, after.get(one.stream) ?? one.after))
  const rows = await db.query<EventRow>(
    `select ${EVENT_COLUMNS} from ssc.events join unnest($1::text[], $2::int[]) as t(wanted, after) on stream = wanted and seq > after order by stream, seq`,
    [[...after.keys()], [...after.values()]],
  )
  const streams = new Map<string, Event[]>([...after.keys()].map((stream) => [stream, []]))
  for (const row of rows) streams.get(row.stream)?.push(eventOf(row))
  return wanted.map((one) => (streams.get(one.stream) ?? []).filter((event) => event.seq > one.after))
}
