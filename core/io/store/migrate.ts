import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { RefusedError } from '../../domain/errors.ts'
import type { Db } from './db.ts'

const migrations = new URL('./migrations/', import.meta.url)
const functions = new URL('./functions/', import.meta.url)

/**
 * Brings the schema to the newest number, each migration in a transaction with its own record; then the functions, whenever they are others.
 * Throws RefusedError, and changes nothing, when a newer version was here.
 */
export async function migrate(db: Db): Promise<void> {
  await db.script(`
    create schema if not exists ssc;
    create table if not exists ssc.migrations (name text primary key, at timestamptz not null default now());`)
  const done = new Set((await db.query<{ name: string }>('select name from ssc.migrations')).map((row) => row.name))
  refuseNewer(done)
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
        -- The functions are those of the last one alone: who goes back and forth gets each time their own.
        delete from ssc.migrations where name like 'functions %' and '${name}' like 'functions %';
        insert into ssc.migrations (name) values ('${name}');
        execute ${quote(sql)};
      end $migration$;`)
  }
}

/** The number and name of the newest form of the store that this version knows. */
export function newestMigration(): string {
  return sqlFiles(migrations).at(-1)!.name
}

/** An older version would not understand what a newer one keeps, and could lose it. */
function refuseNewer(done: ReadonlySet<string>): void {
  const newest = newestMigration()
  const newer = [...done].filter((name) => /^\d/.test(name) && name > newest)
  if (newer.length > 0)
    throw new RefusedError(
      `a newer version has used this instance: its store has ${newer.join(', ')}, which this one does not know. ` +
        'Install that version again, or restore the backup from before the upgrade. Nothing was changed.',
    )
}

function sqlFiles(folder: URL): { name: string; sql: string }[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names.sort().map((name) => ({ name, sql: readFileSync(new URL(name, folder), 'utf8') }))
}

function quote(sql: string): string {
  return `$body_of_migration$${sql}$body_of_migration$`
}
