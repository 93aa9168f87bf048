import { execFile } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import type { Db } from './db.ts'
import { lockFolder } from './lock.ts'

const FRESH = 'database.new-'

/** Opens the database in a folder of its own below `home`, and makes it the first time. One process has it at a time. */
export async function openPglite(home: string): Promise<Db> {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const unlock = await lockFolder(home)
  try {
    const folder = join(home, 'database')
    if (!existsSync(folder)) await initialise(home, folder)
    const db = await PGlite.create(folder)
    return pgliteDb(db, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

/** The first initdb takes 800 MB of memory for good: a child process gives it back. The rename makes it whole or not there. */
async function initialise(home: string, folder: string): Promise<void> {
  // Not where the child of a process that was killed may still write.
  const fresh = mkdtempSync(join(home, FRESH))
  const library = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const code = 'require(process.argv[1]).PGlite.create(process.argv[2]).then((db) => db.close())'
  await promisify(execFile)(process.execPath, ['-e', code, library, fresh], { timeout: 120_000 })
  renameSync(fresh, folder)
  clearAway(home)
}

/** What starts that were cut off left behind. */
function clearAway(home: string): void {
  for (const name of readdirSync(home).filter((one) => one.startsWith(FRESH))) {
    try {
      rmSync(join(home, name), { recursive: true, force: true })
    } catch {
      // Somebody still writes into it; it is in nobody's way.
    }
  }
}

function pgliteDb(db: PGlite, unlock: () => void): Db {
  return {
    kind: 'pglite',
    query: async <Row>(sql: string, params: readonly unknown[] = []) => (await db.query<Row>(sql, [...params])).rows,
    script: async (sql) => {
      await db.transaction((tx) => tx.exec(sql))
    },
    pool: poolOf(db),
    close: async () => {
      await db.close()
      unlock()
    },
  }
}

type Answer = { rows: unknown[]; rowCount: number }

async function ask(db: PGlite, text: string | { text: string; values?: unknown[] }, values?: unknown[]): Promise<Answer> {
  const sql = typeof text === 'string' ? text : text.text
  const params = values ?? (typeof text === 'string' ? [] : (text.values ?? []))
  if (params.length > 0) return answer(await db.query(sql, params))
  return answer((await db.exec(sql)).at(-1))
}

function answer(result: { rows: unknown[]; affectedRows?: number } | undefined): Answer {
  return { rows: result?.rows ?? [], rowCount: result?.affectedRows || (result?.rows.length ?? 0) }
}

const LISTEN = /^\s*LISTEN\s+(\w+)/im

/** As much of `pg.Pool` as BullMQ uses, over the one connection: LISTEN goes through PGlite's own. */
function poolOf(db: PGlite): unknown {
  // Each queue and each worker listens for its faults.
  const pool = new EventEmitter().setMaxListeners(0)
  return Object.assign(pool, {
    options: { keepAlive: true },
    query: (text: string, values?: unknown[]) => ask(db, text, values),
    connect: async () => clientOf(db),
    end: async () => {},
  })
}

function clientOf(db: PGlite): unknown {
  const client = new EventEmitter()
  const stops: (() => Promise<void>)[] = []
  const stop = () => Promise.all(stops.splice(0).map((unlisten) => unlisten())).catch(() => {})
  return Object.assign(client, {
    query: async (text: string, values?: unknown[]) => {
      const channel = LISTEN.exec(text)?.[1]
      if (channel === undefined) return ask(db, text, values)
      stops.push(await db.listen(channel, (payload) => client.emit('notification', { channel, payload })))
      return answer(undefined)
    },
    release: stop,
    end: stop,
  })
}
