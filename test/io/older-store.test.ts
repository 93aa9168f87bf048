import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { createBoards } from '../../core/boards.ts'
import { type Config, readConfig } from '../../core/config.ts'
import type { Report } from '../../core/domain/report.ts'
import { openInstance } from '../../core/instance.ts'
import type { Db } from '../../core/io/store/db.ts'
import { openPglite } from '../../core/io/store/pglite.ts'
import { openPostgres } from '../../core/io/store/postgres.ts'
import { reportOf } from '../../core/report.ts'
import { verifyRun } from '../../core/verify.ts'
import { freshDatabase, freshHome } from '../services/homes.ts'

type Line = { migration: string; sql: string } | { table: string; row: object } | { report: { content: Report } }

const lines = gunzipSync(readFileSync(new URL('./fixtures/older-store/001-006.jsonl.gz', import.meta.url)))
  .toString('utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Line)
const told = lines.flatMap((line) => ('report' in line ? [line.report.content] : []))[0]!

const toEnd: (() => unknown)[] = []
afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end()
})

/** A place whose database the older version left; nothing of this version has seen it. */
async function olderPlace(): Promise<{ config: Config; db(): Promise<Db> }> {
  const { home, remove } = freshHome()
  const database = await freshDatabase()
  toEnd.push(remove, async () => database?.drop())
  const db = () => (database === undefined ? openPglite(home) : openPostgres(database.url))
  const older = await db()
  await older.script('drop schema if exists ssc cascade; drop schema if exists bullmq cascade; create schema ssc;')
  await older.script('create table ssc.migrations (name text primary key, at timestamptz not null default now());')
  for (const line of lines) {
    if (!('migration' in line)) continue
    await older.script(line.sql)
    await older.query('insert into ssc.migrations (name) values ($1)', [line.migration])
  }
  const tables = new Set(lines.flatMap((line) => ('table' in line ? [line.table] : [])))
  for (const table of tables) {
    const rows = lines.flatMap((line) => ('table' in line && line.table === table ? [line.row] : []))
    await older.query(`insert into ssc.${table} select * from jsonb_populate_recordset(null::ssc.${table}, $1::jsonb)`, [
      JSON.stringify(rows),
    ])
  }
  await older.close()
  return { config: readConfig({ SSC_HOME: home, DATABASE_URL: database?.url }, home), db }
}

describe('a data folder of an older version', () => {
  it('given one with a run, when this version opens it, then the log is whole, lights and board are the same, and there is room for accounts', async () => {
    const { config } = await olderPlace()
    const instance = await openInstance(config)
    toEnd.push(() => instance.close())
    const { run } = told
    expect((await verifyRun(instance, run)).faults).toEqual([])
    const report = await reportOf(instance, run)
    expect(report.heads).toEqual(told.heads)
    const lights = ({ sites }: Report) =>
      sites.map(({ site, overall, scores }) => [site, overall, ...scores.map(({ light, points }) => `${light} ${points}`)])
    expect(lights(report)).toEqual(lights(told))
    expect(report.coverage).toEqual(told.coverage)
    const boards = createBoards({ ...instance, onError: (error) => expect.unreachable(String(error)) })
    toEnd.push(() => boards.close())
    const { rows } = await boards.read(run)
    expect(rows.map(({ site, light }) => [site, light]).sort()).toEqual(told.sites.map(({ site, overall }) => [site, overall]).sort())
    const contents = lines.filter((line) => 'table' in line && line.table === 'contents')
    const [kept] = await instance.db.query<{ n: number }>('select count(*)::int as n from ssc.contents')
    expect(kept!.n).toBe(contents.length)
    expect(await instance.accounts.list()).toEqual([])
  })

  it('given one that was upgraded, when it is opened again, then nothing is done twice', async () => {
    const { config } = await olderPlace()
    const names = async () => {
      const instance = await openInstance(config)
      const rows = await instance.db.query<{ name: string; at: unknown }>('select name, at::text from ssc.migrations order by name')
      await instance.close()
      return rows
    }
    const first = await names()
    expect(first.filter(({ name }) => name.startsWith('functions '))).toHaveLength(1)
    expect(await names()).toEqual(first)
  })

  it('given one that a newer version has used, when this one opens it, then it refuses, says what to do, and changes nothing', async () => {
    const { config, db } = await olderPlace()
    const all = async (of: Db) => of.query('select name, at::text from ssc.migrations order by name')
    const newer = await db()
    await newer.query("insert into ssc.migrations (name) values ('999-a-thing-to-come.sql')")
    const before = await all(newer)
    await newer.close()
    await expect(openInstance(config)).rejects.toThrow(
      /a newer version has used this instance: its store has 999-a-thing-to-come\.sql.*restore the backup from before the upgrade\. Nothing was changed\./,
    )
    const after = await db()
    toEnd.push(() => after.close())
    expect(await all(after)).toEqual(before)
    expect(await after.query("select 1 from information_schema.tables where table_schema = 'ssc' and table_name = 'accounts'")).toEqual([])
  })
})
