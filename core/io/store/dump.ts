import type { Db } from './db.ts'

/** Every table that holds something, those first that others point to. What BullMQ has is made anew from them. */
const TABLES = [
  'chains',
  'events',
  'effects',
  'counters',
  'liveness',
  'contents',
  'documents',
  'tasks',
  'refs',
  'accounts',
  'logins',
  'passkeys',
] as const
export type Table = (typeof TABLES)[number]
export type DumpedRow = { table: Table; row: Record<string, unknown> }

const ROWS = 2_000

/** All of one moment: a single statement sees nothing of what is written while it runs. Who is signed in is left out. */
export async function dumpRows(db: Db): Promise<DumpedRow[]> {
  const parts = TABLES.map(
    (table) =>
      `select '${table}' as "table", to_jsonb(t) as row from ssc.${table} t${table === 'logins' ? " where kind <> 'session'" : ''}`,
  )
  return db.query<DumpedRow>(parts.join(' union all '))
}

export function isTable(name: unknown): name is Table {
  return TABLES.includes(name as Table)
}

/** Whether there is nothing yet that a restore could destroy. */
export async function isUntouched(db: Db): Promise<boolean> {
  const [row] = await db.query<{ n: number }>(
    'select (select count(*) from ssc.chains)::int + (select count(*) from ssc.accounts)::int as n',
  )
  return row?.n === 0
}

/** Puts rows into their tables, many at a time. The order of the tables is kept. What an older version did not have yet gets its default. */
export async function loadRows(db: Db, rows: readonly DumpedRow[]): Promise<void> {
  await db.query('delete from ssc.documents')
  for (const table of TABLES) {
    const own = rows.filter((one) => one.table === table).map(({ row }) => row)
    const columns = Object.keys(own[0] ?? {})
      .map((name) => `"${name.replaceAll('"', '')}"`)
      .join(', ')
    for (let from = 0; from < own.length; from += ROWS) {
      const part = JSON.stringify(own.slice(from, from + ROWS))
      await db.query(
        `insert into ssc.${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::ssc.${table}, $1::jsonb)`,
        [part],
      )
    }
  }
}
