import { readConfig } from '../../core/config.ts'
import { type Instance, openInstance } from '../../core/instance.ts'
import { freshDatabase, freshHome } from '../services/homes.ts'

/** An instance with an empty store of the set-up under test. */
export async function openFresh(): Promise<{ instance: Instance; close(): Promise<void> }> {
  const { home, remove } = freshHome()
  const database = await freshDatabase()
  const instance = await openInstance(readConfig({ SSC_HOME: home, DATABASE_URL: database?.url }, home))
  return {
    instance,
    close: async () => {
      await instance.close()
      await database?.drop()
      remove()
    },
  }
}
