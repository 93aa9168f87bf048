import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Db } from './db.ts'

const migrations = new URL('./migrations/', import.meta.url)
const functions = new URL('./functions/', import.meta.url)

/** Brings the schema to the newest number, each migration in a transaction with its own record; then the functions, whenever they are others. */
export async function migrate(db: Db): Promise<void> {
  await db.script(`
    create schema if not exists ssc;
    create table if not exists ssc.migrations (name text primary key, at timestamptz not null default now());`)
  const done = new Set((await db.query<{ name: string }>('select name from ssc.migrations')).map((row) => row.name))
  const body = sqlFiles(functions)
    .map(({ sql }) => sql)
    .join('\n')
  const steps = [...sqlFiles(migrations), { name: `functions ${createHash('sha256').update(body).digest('hex')}`, sql: body }]
  for (const { name, sql } of steps) {
    if (done.has(name)) continue
    // Two processes that start together take turns; the second finds it done.
    await db.script(`
      select pg_advisory_xact_lock(7371001);
      do $migration$ begin
        if exists (select 1 from ssc.migrations where name = '${name}') then return; end if;
        insert into ssc.migrations (name) values ('${name}');
        execute ${quote(sql)};
      end $migration$;`)
  }
}

function sqlFiles(folder: URL): { name: string; sql: string }[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names.sort().map((name) => ({ name, sql: readFileSync(new URL(name, folder), 'utf8') }))
}

function quote(sql: string): string {
  return `$body_of_migration$${sql}$body_of_migration$`
}
