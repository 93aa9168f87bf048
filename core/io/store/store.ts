import type { Change, Clock, Committed, Effect, Heartbeat, HeartbeatAnswer, Liveness, RunRow, Store } from '../../ports.ts'
import type { Db } from './db.ts'
import { groupCommit } from './group-commit.ts'
import { changeRow, type EffectRow, type EventRow, effectOf, eventOf } from './rows.ts'

const CHANGES_A_BATCH = 200
const EVENT_COLUMNS = 'stream, seq, body, hash'
const EFFECT_COLUMNS = 'id, run, stream, kind, due, state, attempts, owner, payload'

/** The store over a migrated database. Facts get their time from the clock when they are committed. */
export async function createStore(db: Db, clock: Clock): Promise<Store> {
  const [opened] = await db.query<{ at: string }>('select clock_timestamp()::text as at')
  const commit = groupCommit((changes: Change[]) => writeChanges(db, changes, clock.now()), CHANGES_A_BATCH)
  return {
    commit,
    ...reading(db),
    ...documents(db),
    takeHeartbeats: (beats, now) => takeHeartbeats(db, beats, now),
    sweepLiveness: async (run, now, ms) => {
      const [row] = await db.query<{ n: number }>('select ssc.sweep_liveness($1, $2, $3::timestamptz, $4, $5) as n', [
        run,
        now,
        opened?.at,
        ms.late,
        ms.lost,
      ])
      return row?.n ?? 0
    },
    close: () => db.close(),
  }
}

async function writeChanges(db: Db, changes: Change[], now: number): Promise<Committed[]> {
  const rows = changes.map((change) => changeRow(change, now))
  const [row] = await db.query<{ results: Committed[] }>('select ssc.commit($1::jsonb) as results', [JSON.stringify(rows)])
  return row?.results ?? []
}

async function takeHeartbeats(db: Db, beats: readonly Heartbeat[], now: number): Promise<HeartbeatAnswer[]> {
  const rows = await db.query<{ job: string; answer: HeartbeatAnswer }>('select * from ssc.take_heartbeats($1::jsonb, $2)', [
    JSON.stringify(beats),
    now,
  ])
  const answers = new Map(rows.map((row) => [row.job, row.answer]))
  return beats.map((beat) => answers.get(beat.job) ?? 'unknown')
}

type Reading = Pick<
  Store,
  'readStream' | 'readRun' | 'heads' | 'chainRows' | 'listRuns' | 'effect' | 'effects' | 'dueEffects' | 'nextDue' | 'liveness' | 'orphans'
>

function reading(db: Db): Reading {
  const events = async (where: string, params: unknown[]) =>
    (await db.query<EventRow>(`select ${EVENT_COLUMNS} from ssc.events where ${where}`, params)).map(eventOf)
  const effects = async (where: string, params: unknown[]): Promise<Effect[]> =>
    (await db.query<EffectRow>(`select ${EFFECT_COLUMNS} from ssc.effects where ${where} order by due, id`, params)).map(effectOf)
  return {
    readStream: (stream) => events('stream = $1 order by seq', [stream]),
    readRun: (run) => events('run = $1 order by (stream like \'run/%\') desc, stream collate "C", seq', [run]),
    heads: (run) => db.query('select stream, seq, hash from ssc.chains where run = $1 order by stream collate "C"', [run]),
    chainRows: (run) => db.query(`select ${EVENT_COLUMNS} from ssc.events where run = $1 order by stream collate "C", seq`, [run]),
    listRuns: () =>
      db.query<RunRow>(
        "select run, sum(seq)::int as events from ssc.chains where run in (select run from ssc.chains where stream = 'run/' || run) group by run order by run",
      ),
    effect: async (id) => (await effects('id = $1', [id]))[0],
    effects: (run, states) => effects('run = $1 and state = any($2::text[])', [run, states]),
    dueEffects: (run, now) => effects("run = $1 and state in ('queued', 'deferred') and due <= $2", [run, now]),
    nextDue: async (run) => {
      const [row] = await db.query<{ due: number | null }>(
        "select min(due) as due from ssc.effects where run = $1 and state in ('queued', 'deferred')",
        [run],
      )
      return row?.due ?? undefined
    },
    liveness: (run) =>
      db.query<Liveness>(
        'select job, run, stream, state, first_ms as "firstMs", last_ms as "lastMs", count, stop from ssc.liveness where run = $1 order by job',
        [run],
      ),
    orphans: async (run, alive) => (await effects("run = $1 and state = 'doing'", [run])).filter((one) => !alive(one.owner ?? '')),
  }
}

function documents(db: Db): Pick<Store, 'content' | 'document' | 'putDocument'> {
  return {
    content: async (hash) => (await db.query<{ bytes: Uint8Array }>('select bytes from ssc.contents where hash = $1', [hash]))[0]?.bytes,
    document: async <T>(name: string) => {
      const [row] = await db.query<{ value: string }>('select value from ssc.documents where name = $1', [name])
      return row === undefined ? undefined : (JSON.parse(row.value) as T)
    },
    putDocument: async (name, value) => {
      await db.query('insert into ssc.documents (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value', [
        name,
        JSON.stringify(value),
      ])
    },
  }
}
