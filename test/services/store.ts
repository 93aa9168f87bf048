import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Db } from '../../core/io/store/db.ts'
import { type OpenedStore, openStore } from '../../core/io/store/index.ts'
import { createStore } from '../../core/io/store/store.ts'
import type { Clock } from '../../core/ports.ts'
import { freshDatabase, freshHome } from './homes.ts'

export const realClock: Clock = { now: Date.now, wall: Date.now }

type Opened = OpenedStore & { home: string }

/** Runs the body against an empty store of the set-up under test: PGlite, or the server that DATABASE_URL names. */
export async function withStore(body: (opened: Opened) => Promise<void>, clock: Clock = realClock): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'ssc-test-'))
  try {
    if (process.env.DATABASE_URL === undefined) await withEmptied({ home, clock }, body)
    else await withDatabase({ home, clock }, body)
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 3 })
  }
}

type Wanted = { home: string; clock: Clock }

async function withDatabase({ home, clock }: Wanted, body: (opened: Opened) => Promise<void>): Promise<void> {
  const database = await freshDatabase()
  try {
    const opened = await openStore({ home, databaseUrl: database?.url, clock })
    try {
      await body({ ...opened, home })
    } finally {
      await opened.store.close()
    }
  } finally {
    await database?.drop()
  }
}

type Kept = { db: Db; remove(): void }
/** Opening PGlite takes seconds: a file's tests take turns with one, emptied in between. */
const idle: Kept[] = []
afterAll(async () => {
  for (const { db, remove } of idle.splice(0)) {
    await db.close()
    remove()
  }
})

async function withEmptied({ home, clock }: Wanted, body: (opened: Opened) => Promise<void>): Promise<void> {
  const kept = idle.pop() ?? (await openKept(clock))
  const db: Db = { ...kept.db, close: async () => {} }
  try {
    await body({ db, store: await createStore(db, clock), home })
  } finally {
    await empty(kept.db)
    idle.push(kept)
  }
}

async function openKept(clock: Clock): Promise<Kept> {
  const { home, remove } = freshHome()
  const { db } = await openStore({ home, clock })
  return { db, remove }
}

async function empty(db: Db): Promise<void> {
  const tables = await db.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('ssc', 'bullmq') and tablename not like '%migration%'",
  )
  await db.script(`truncate ${tables.map(({ name }) => name).join(', ')} cascade`)
}
