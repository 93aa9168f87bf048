import { readdirSync, readFileSync } from 'node:fs'
import type { Db } from './db.ts'

const folder = new URL('./migrations/', import.meta.url)

/** Brings the schema to the newest number; each migration in a transaction with its own record. */
export async function migrate(db: Db): Promise<void> {
  await db.script(`
    create schema if not exists ssc;
    create table if not exists ssc.migrations (name text primary key, at timestamptz not null default now());`)
  const done = new Set((await db.query<{ name: string }>('select name from ssc.migrations')).map((row) => row.name))
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  for (const name of files.sort()) {
    if (done.has(name)) continue
    // Two processes that start together take turns; the second finds it done.
    await db.script(`
      select pg_advisory_xact_lock(7371001);
      do $migration$ begin
        if exists (select 1 from ssc.migrations where name = '${name}') then return; end if;
        insert into ssc.migrations (name) values ('${name}');
        execute ${quote(readFileSync(new URL(name, folder), 'utf8'))};
      end $migration$;`)
  }
}

function quote(sql: string): string {
  return `$body_of_migration$${sql}$body_of_migration$`
}
