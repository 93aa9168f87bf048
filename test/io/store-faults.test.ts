import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { batchOf } from '../../core/io/store/rows.ts'
import type { Change, Committed } from '../../core/ports.ts'
import { describeGrid, openPlace, type Place } from '../services/grid.ts'
import { withStore } from '../services/store.ts'

const run = 'r-1'
const effect = { id: 'send-mail.1', run, stream: 'challenge/r-1/SITE-A', kind: 'send-mail', due: 5, payload: {} } as const
const pass: Change = { run, move: { id: effect.id, from: ['queued'], to: 'doing', owner: 'me', unlessStopped: true } }
const stop: Change = { run, facts: [{ stream: 'run/r-1', type: 'RunStopped', data: { by: 'Ada', reason: 'x' }, key: 'stopped' }] }

/** Commits a change in a transaction that the test ends. */
async function begin(pool: pg.Pool, change: Change) {
  const client = await pool.connect()
  await client.query('begin')
  const said = client.query('select ssc.commit($1::jsonb) as results', [JSON.stringify(batchOf([change], 0))])
  let isOver = false
  const over = (how: boolean) => {
    if (!isOver) client.release(how)
    isOver = true
  }
  return {
    said: said.then(({ rows }) => (rows[0] as { results: Committed[] }).results[0]),
    end: async () => {
      await client.query('commit')
      over(false)
    },
    /** Also where the test failed: else the store would wait for it. */
    drop: () => over(true),
  }
}

const isGiven = process.env.DATABASE_URL !== undefined

// PGlite has one connection: no transaction ever sees another one half done.
describeGrid('two transactions on a server', isGiven ? [] : ['postgres'], () => {
  let place: Place | undefined

  beforeAll(async () => {
    if (isGiven) return
    place = await openPlace()
    process.env.DATABASE_URL = (await place.start('postgres')).DATABASE_URL
  })

  afterAll(async () => {
    if (!isGiven) delete process.env.DATABASE_URL
    await place?.close()
  })

  test('given a piece of work that is passing the gate, when the run is stopped, then the stop waits for it, and sees it under way', () =>
    withStore(async ({ store, db }) => {
      await store.commit({ run, effects: [effect] })
      const first = await begin(db.pool as pg.Pool, pass)
      try {
        expect(await first.said).toBe('applied')
        let underWay: string[] | undefined
        const stopped = store.commit(stop).then(async () => {
          underWay = (await store.effects(run, ['doing'])).map((one) => one.id)
        })
        await waitsForLock(db.pool as pg.Pool)
        await first.end()
        await stopped
        expect(underWay).toEqual([effect.id])
      } finally {
        first.drop()
      }
    }))

  test('given a stop that is being committed, when a piece of work comes to the gate, then it waits, and does not pass', () =>
    withStore(async ({ store, db }) => {
      await store.commit({ run, effects: [effect] })
      const first = await begin(db.pool as pg.Pool, stop)
      try {
        await first.said
        const passed = store.commit(pass)
        await waitsForLock(db.pool as pg.Pool)
        await first.end()
        expect(await passed).toBe('stopped')
      } finally {
        first.drop()
      }
    }))
})

async function waitsForLock(pool: pg.Pool): Promise<void> {
  await expect
    .poll(
      async () =>
        (await pool.query("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")).rowCount,
    )
    .toBe(1)
}
