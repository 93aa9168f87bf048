import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { waitUntil } from '../services/process.ts'
import { approvedRun, servingPlace, startServe } from './serving.ts'

test('given a launch that left no file of its stop, when serve runs, then the file is there for a stop without the store', async () => {
  const place = await servingPlace(9, { sites: 3, times: {} })
  try {
    await startServe(place)
    const run = await approvedRun(place)
    expect(await place.call(['launch', run])).toMatchObject({ code: 0 })
    const file = join(place.home, 'stop-lines', run)
    expect(existsSync(file)).toBe(true)
    rmSync(file)
    await waitUntil(() => existsSync(file), 'the signed stop to be there again')
  } finally {
    await place.remove()
  }
})
