import { randomUUID } from 'node:crypto'
import type { Core } from './app/deps.ts'
import type { Config } from './config.ts'
import { openKeys, sha256 } from './io/keys.ts'
import { openQueue } from './io/queue/queue.ts'
import { openAccounts } from './io/store/accounts.ts'
import type { Db } from './io/store/db.ts'
import { openStore } from './io/store/index.ts'
import type { Accounts, Clock, JobQueue } from './ports.ts'

/** An open instance: its store and its keys. One process has it (PGlite), or many (PostgreSQL). */
export type Instance = Core & {
  config: Config
  accounts: Accounts
  db: Db /** Tells this instance's queues from another's on the same Redis. */
  id: string
  close(): Promise<void>
}

export const realClock: Clock = { now: Date.now, wall: Date.now }

export async function openInstance(config: Config, clock: Clock = realClock): Promise<Instance> {
  const { store, db } = await openStore({ home: config.home, databaseUrl: config.databaseUrl, clock })
  try {
    const keys = openKeys(config.keysFolder)
    return { config, db, accounts: openAccounts(db), store, keys, clock, sha256, id: await instanceId(db), close: () => store.close() }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** The queue for one run of a rehearsal, or for all others. */
export function queueOf(instance: Instance, name: string, onError: (error: Error) => void): JobQueue {
  return openQueue({ name: `${instance.id}-${name}`, db: instance.db, redisUrl: instance.config.redisUrl, onError })
}

async function instanceId(db: Db): Promise<string> {
  await db.query("insert into ssc.documents (name, value) values ('instance', $1) on conflict do nothing", [JSON.stringify(randomUUID())])
  const [row] = await db.query<{ value: string }>("select value from ssc.documents where name = 'instance'")
  return JSON.parse(row!.value)
}
