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
