import type { Event } from '../../core/domain/event.ts'
import type { Instance } from '../../core/instance.ts'
import { type Row, rowsOf } from './archive-rig.ts'

/** Puts facts into the store as they are, with the times that they have. Gives back the run. */
export async function putRun({ db }: Pick<Instance, 'db'>, events: readonly Event[]): Promise<string> {
  const byStream = new Map<string, Event[]>()
  for (const event of events) byStream.set(event.stream, [...(byStream.get(event.stream) ?? []), event])
  const run = [...byStream.keys()][0]!.split('/')[1]!
  const insert = (rows: readonly Row[], table: string, columns: string, types: string) =>
    db.query(`insert into ssc.${table} (run, ${columns}) select $1, ${columns} from jsonb_to_recordset($2::jsonb) as t(${types})`, [
      run,
      JSON.stringify(rows),
    ])
  for (const one of byStream.values()) {
    const rows = rowsOf(one)
    await insert(rows.slice(-1), 'chains', 'stream, seq, hash', 'stream text, seq int, hash text')
    await insert(rows, 'events', 'stream, seq, body, hash', 'stream text, seq int, body text, hash text')
  }
  return run
}

/** Writes those facts of a log that stand from here to there, behind the ones that are written. */
export async function appendRows(
  { db }: Pick<Instance, 'db'>,
  run: string,
  { events, from, to }: { events: readonly Event[]; from: number; to: number },
): Promise<void> {
  const fresh = new Set(events.slice(from, to))
  for (const stream of new Set(events.slice(from, to).map((event) => event.stream))) {
    const all = events.filter((event) => event.stream === stream)
    for (const [i, row] of rowsOf(all).entries()) {
      if (!fresh.has(all[i]!)) continue
      await db.query(
        'insert into ssc.chains (run, stream, seq, hash) values ($1, $2, $3, $4) on conflict (stream) do update set seq = excluded.seq, hash = excluded.hash',
        [run, stream, row.seq, row.hash],
      )
      await db.query('insert into ssc.events (run, stream, seq, body, hash) values ($1, $2, $3, $4, $5)', [
        run,
        stream,
        row.seq,
        row.body,
        row.hash,
      ])
    }
  }
}
