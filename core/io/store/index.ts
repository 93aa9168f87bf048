import { runMigrations } from 'bullmq'
import type { Clock, Store } from '../../ports.ts'
import type { Db } from './db.ts'
import { migrate } from './migrate.ts'
import { openPglite } from './pglite.ts'
import { openPostgres } from './postgres.ts'
import { createStore } from './store.ts'

export type OpenedStore = { store: Store; db: Db }

/** Opens the store: PostgreSQL when `databaseUrl` is given, else PGlite in a folder below `home`. Migrated and ready. */
export async function openStore(options: { home: string; databaseUrl?: string | undefined; clock: Clock }): Promise<OpenedStore> {
  const db = options.databaseUrl === undefined ? await openPglite(options.home) : await openPostgres(options.databaseUrl)
  try {
    await migrate(db)
    await migrateQueue(db)
    return { db, store: await createStore(db, options.clock) }
  } catch (error) {
    await db.close()
    throw error
  }
}

/** BullMQ's own tables, in the schema `bullmq` of the same database. */
async function migrateQueue(db: Db): Promise<void> {
  const client = await (db.pool as { connect(): Promise<any> }).connect()
  try {
    await runMigrations(client, 'bullmq')
  } finally {
    client.release()
  }
  if (db.kind === 'pglite') await db.query('set search_path = bullmq, public')
}
