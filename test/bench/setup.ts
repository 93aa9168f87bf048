import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../../core/config.ts'
import { type Instance, openInstance } from '../../core/instance.ts'
import { freshDatabase, freshHome } from '../services/homes.ts'

/** Which of the two set-ups is measured. */
export function setUpName(env: Record<string, string | undefined>): string {
  if (env.DATABASE_URL === undefined) return 'PGlite, one process'
  return env.REDIS_URL === undefined ? 'PostgreSQL, its queue as well' : 'PostgreSQL and Redis'
}

/** A fresh instance: a new PGlite folder, or a new database on the server of DATABASE_URL. */
export async function withInstance<T>(body: (instance: Instance) => Promise<T>): Promise<T> {
  const { home, remove } = freshHome()
  const database = await freshDatabase()
  try {
    const instance = await openInstance(readConfig({ SSC_HOME: home, DATABASE_URL: database?.url, REDIS_URL: process.env.REDIS_URL }, home))
    try {
      return await body(instance)
    } finally {
      await instance.close()
    }
  } finally {
    await database?.drop()
    rmSync(join(home, 'keys'), { recursive: true, force: true })
    remove()
  }
}
