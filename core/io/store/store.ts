import type { Change, Clock, Committed, Heartbeat, HeartbeatAnswer, HeartbeatWord, Store } from '../../ports.ts'
import type { Db } from './db.ts'
import { inBatches } from './in-batches.ts'
import { reading } from './reading.ts'
import { batchOf } from './rows.ts'

/** A server works on some batches while the next is made ready, and none of them need be large. PGlite has one connection. */
const COMMITS = { pglite: { most: 200, lanes: 1 }, postgres: { most: 32, lanes: 3 } }

/** The store over a migrated database. Facts get their time from the clock when they are committed. */
export async function createStore(db: Db, clock: Clock): Promise<Store> {
  const [opened] = await db.query<{ at: string }>('select clock_timestamp()::text as at')
  const commit = inBatches((changes: Change[]) => writeChanges(db, changes, clock.now()), COMMITS[db.kind])
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
  const [row] = await db.query<{ results: Committed[] }>('select ssc.commit($1::jsonb) as results', [JSON.stringify(batchOf(changes, now))])
  return row?.results ?? []
}

async function takeHeartbeats(db: Db, beats: readonly Heartbeat[], now: number): Promise<HeartbeatAnswer[]> {
  const rows = await db.query<AnswerRow>('select * from ssc.take_heartbeats($1::jsonb, $2)', [JSON.stringify(beats), now])
  const answers = new Map(rows.map((row) => [row.job, answerOf(row)]))
  return beats.map((beat) => answers.get(beat.job) ?? { word: 'unknown' })
}

type AnswerRow = { job: string; word: HeartbeatWord; run: string | null; task: string | null }

function answerOf({ word, run, task }: AnswerRow): HeartbeatAnswer {
  const ofRun = run === null ? {} : { run }
  if (word === 'stop') return { word, ...ofRun }
  return (word === 'go on' || word === 'repeated') && task !== null ? { word, task, ...ofRun } : { word }
}

function documents(db: Db): Pick<Store, 'content' | 'purge' | 'document' | 'putDocument'> {
  return {
    content: async (hash) => (await db.query<{ bytes: Uint8Array }>('select bytes from ssc.contents where hash = $1', [hash]))[0]?.bytes,
    purge: async (run, olderThanMs) =>
      (await db.query('delete from ssc.contents where run = $1 and kept_ms < $2 returning hash', [run, olderThanMs])).length,
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
