import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/** An empty home with a migrated PGlite database, or the name of an empty database when DATABASE_URL is set. */
export function freshHome(): { home: string; remove(): void } {
  const home = mkdtempSync(join(tmpdir(), 'ssc-test-'))
  const template = process.env.SSC_TEST_TEMPLATE
  if (template !== undefined) cpSync(join(template, 'database'), join(home, 'database'), { recursive: true })
  return { home, remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 3 }) }
}

/** A database of its own on the server of DATABASE_URL; undefined when there is none. */
export async function freshDatabase(): Promise<{ url: string; drop(): Promise<void> } | undefined> {
  const server = process.env.DATABASE_URL
  if (server === undefined) return undefined
  const name = `ssc_test_${randomBytes(6).toString('hex')}`
  await onServer(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => onServer(server, `drop database ${name} with (force)`) }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
