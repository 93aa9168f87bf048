import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../core/io/store/index.ts'

/** Makes one migrated database folder for all tests to copy: the first initdb takes some seconds. */
export async function setup(): Promise<() => void> {
  const home = mkdtempSync(join(tmpdir(), 'ssc-template-'))
  const { store } = await openStore({ home, clock: { now: Date.now, wall: Date.now } })
  await store.close()
  process.env.SSC_TEST_TEMPLATE = home
  return () => rmSync(home, { recursive: true, force: true })
}
