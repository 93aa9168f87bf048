import pg from 'pg'
import type { Db } from './db.ts'

/** A PostgreSQL server (13 or newer). bigint columns come back as numbers: our times fit. */
export async function openPostgres(url: string): Promise<Db> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 12,
    keepAlive: true,
    // Every statement is short: compiling one takes longer than running it.
    options: '-c search_path=bullmq,public -c jit=off',
    types: { getTypeParser },
  })
  pool.on('error', () => {})
  const db: Db = {
    kind: 'postgres',
    query: async <Row>(sql: string, params: readonly unknown[] = []) => (await pool.query(sql, [...params])).rows as Row[],
    script: async (sql) => {
      await pool.query(`begin;\n${sql}\ncommit;`)
    },
    pool,
    close: () => pool.end(),
  }
  return db
}

const BIGINT = 20

function getTypeParser(oid: number, format?: unknown): (text: string) => unknown {
  return oid === BIGINT ? Number : pg.types.getTypeParser(oid, format as 'text')
}
