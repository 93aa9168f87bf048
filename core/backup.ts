import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { z } from 'zod'
import type { Config } from './config.ts'
import { archiveLimits } from './domain/archive.ts'
import { InputError, RefusedError } from './domain/errors.ts'
import { canonicalJson } from './domain/json.ts'
import { type Instance, openInstance, realClock } from './instance.ts'
import { readLines } from './io/archive/lines.ts'
import { writeLines } from './io/archive/write.ts'
import { type DumpedRow, dumpRows, isTable, isUntouched, loadRows } from './io/store/dump.ts'
import { openStore } from './io/store/index.ts'
import { newestMigration } from './io/store/migrate.ts'

/** In the place of the machine's boot id, see core/serve.ts. */
export const RESTORED = 'restored from a backup'

const FORMAT = 'ssc-backup-1'
/** What differs from place to place: that of the new one counts. */
const SETTINGS = 'config.yaml'
const GIB = 1024 ** 3
const LIMITS = { fileBytes: 16 * GIB, textBytes: 64 * GIB, lineBytes: archiveLimits.lineBytes }
/** In base64 it has to fit into a line. */
const MOST_FILE_BYTES = Math.floor(archiveLimits.lineBytes / 2)
/** What is made anew, or belongs to a running process. */
const LEFT_OUT = /^(database|database\.new-.*|lock.*|ssc\.sock|reports)$/

const Line = z.union([
  z.object({ format: z.literal(FORMAT), at: z.string(), schema: z.string().optional() }),
  z.object({ file: z.string(), base64: z.string() }),
  z.object({ table: z.string(), row: z.record(z.string(), z.unknown()) }),
  z.object({ end: z.object({ files: z.number(), rows: z.number(), sha256: z.string() }) }),
])

export type Written = { files: number; rows: number }

/** The whole instance in one file: its database, its keys and what lies beside them. Whoever has the file has the keys. */
export async function writeBackup(instance: Instance, file: string): Promise<Written> {
  const { config, db, clock } = instance
  const rows = await dumpRows(db)
  const files = filesOf(config)
  return writeLines(file, async (write) => {
    const hash = createHash('sha256')
    const put = (line: object) => {
      hash.update(canonicalJson(line))
      return write(line)
    }
    await write({ format: FORMAT, at: new Date(clock.wall()).toISOString(), schema: newestMigration() })
    for (const { name, path } of files) await put({ file: name, base64: readFileSync(path).toString('base64') })
    for (const { table, row } of rows) await put({ table, row })
    const count = { files: files.length, rows: rows.length }
    await write({ end: { ...count, sha256: hash.digest('hex') } })
    return count
  })
}

type Found = { name: string; path: string }

/** Keys can lie elsewhere (SSC_KEYS_DIR): they come back below `keys`. */
function filesOf({ home, keysFolder }: Config): Found[] {
  const inHome = existsSync(home) ? walk(home, home) : []
  const isKey = ({ path }: Found) => path.startsWith(keysFolder + sep)
  const keys = existsSync(keysFolder) ? walk(keysFolder, keysFolder).map(({ name, path }) => ({ name: `keys/${name}`, path })) : []
  return [...inHome.filter((one) => !isKey(one)), ...keys]
}

function walk(root: string, folder: string): Found[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => folder !== root || !LEFT_OUT.test(name))
    .flatMap((one) => {
      const path = join(folder, one.name)
      if (one.isDirectory()) return walk(root, path)
      if (!one.isFile()) return []
      if (statSync(path).size > MOST_FILE_BYTES)
        throw new RefusedError(`${path} has more than ${MOST_FILE_BYTES} bytes: take it elsewhere, it is no part of an instance`)
      return [{ name: relative(root, path).split(sep).join('/'), path }]
    })
}

/** Into an empty SSC_HOME (and an empty database): all of it is read and checked before anything is written. A config.yaml that lies there stays. */
export async function restoreBackup(config: Config, file: string): Promise<Written & { at: string }> {
  const { at, files, rows } = await readBackup(file)
  const hasOwnSettings = existsSync(join(config.home, SETTINGS))
  if (existsSync(join(config.home, 'database')) || filesOf(config).some(({ name }) => name !== SETTINGS))
    throw new RefusedError(
      `${config.home} is not empty: a restore makes a new instance. Set SSC_HOME to another folder, or move this one away`,
    )
  await refuseUsed(config)
  for (const { name, bytes } of files) {
    if (name === SETTINGS && hasOwnSettings) continue
    const path = name.startsWith('keys/') ? join(config.keysFolder, name.slice(5)) : join(config.home, name)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, bytes, { mode: 0o600, flag: 'wx', flush: true })
  }
  const instance = await openInstance(config)
  try {
    await loadRows(instance.db, rows)
    // What left after the backup is not known here: `serve` waits for an officer who has compared.
    await instance.store.putDocument('boot', RESTORED)
  } finally {
    await instance.close()
  }
  return { at, files: files.length, rows: rows.length }
}

/** A server's database may hold another instance; one in the folder is not there yet. */
async function refuseUsed({ home, databaseUrl }: Config): Promise<void> {
  if (databaseUrl === undefined) return
  const { db, store } = await openStore({ home, databaseUrl, clock: realClock })
  const isFree = await isUntouched(db).finally(() => store.close())
  if (!isFree) throw new RefusedError('the database is not empty: give it an empty one')
}

type Backup = { at: string; files: { name: string; bytes: Uint8Array }[]; rows: DumpedRow[] }

async function readBackup(file: string): Promise<Backup> {
  const broken = (why: string) => new InputError(`${file} is no backup of an instance, or is damaged: ${why}. Nothing was restored.`, [])
  const backup: Backup = { at: '', files: [], rows: [] }
  const hash = createHash('sha256')
  let isWhole = false
  for await (const text of readLines(file, LIMITS)) {
    const line = Line.safeParse(parseJson(text))
    if (!line.success || isWhole) throw broken('a line is not understood')
    const { data } = line
    if ('format' in data) {
      refuseNewer(file, data.schema)
      backup.at = data.at
    } else if ('end' in data)
      isWhole = data.end.sha256 === hash.digest('hex') && data.end.files === backup.files.length && data.end.rows === backup.rows.length
    else {
      hash.update(canonicalJson(data))
      take(backup, data, broken)
    }
  }
  if (!isWhole || backup.at === '') throw broken('its end is missing, or its sum is another')
  return backup
}

function refuseNewer(file: string, schema: string | undefined): void {
  if (schema !== undefined && schema > newestMigration())
    throw new RefusedError(`${file} was written by a newer version (${schema}): restore it with that one. Nothing was restored.`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Part = Exclude<z.infer<typeof Line>, { format: string } | { end: object }>

function take({ files, rows }: Backup, part: Part, broken: (why: string) => Error): void {
  if ('file' in part) {
    const isInside =
      part.file.split('/').every((name) => name !== '' && name !== '.' && name !== '..') &&
      !part.file.includes('\\') &&
      !part.file.includes('\0')
    if (!isInside) throw broken(`the file name ${JSON.stringify(part.file)} leads elsewhere`)
    files.push({ name: part.file, bytes: Buffer.from(part.base64, 'base64') })
  } else if (isTable(part.table)) rows.push({ table: part.table, row: part.row })
  else throw broken(`there is no table ${JSON.stringify(part.table)}`)
}
