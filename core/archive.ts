import { readRunState } from './app/view.ts'
import { ARCHIVE_FORMAT, type ArchiveEnd, type ArchiveHeader } from './domain/archive.ts'
import type { Event } from './domain/event.ts'
import { canonicalJson } from './domain/json.ts'
import type { Instance } from './instance.ts'
import { foreignEvents } from './io/archive/kept.ts'
import { type LineWriter, writeLines } from './io/archive/write.ts'

const PAGE = 1000
const PART_BYTES = 1024 * 1024

type Open = Pick<Instance, 'store' | 'db' | 'keys' | 'config'>

/** What was written: how many facts, and how many pieces of personal content. */
export type Exported = { facts: number; contents: number }

/**
 * Writes a whole run into one file that can be verified without us. Memory stays bounded; what is logged meanwhile is left out.
 * `withContents`: the erasable personal content too.
 */
export async function exportArchive(
  { store, db, keys, config }: Open,
  run: string,
  { file, withContents }: { file: string; withContents: boolean },
): Promise<Exported> {
  await readRunState(store, run)
  const heads = await store.heads(run)
  const facts = heads.reduce((sum, { seq }) => sum + seq, 0)
  const { name } = config.contact
  const end: ArchiveEnd['end'] = {
    format: ARCHIVE_FORMAT,
    run,
    name,
    facts,
    heads: heads.map(({ stream, seq, hash }) => ({ stream, seq, hash })),
  }
  const signature = { algorithm: 'Ed25519' as const, ...keys.sign(Buffer.from(canonicalJson(end))) }
  const header: ArchiveHeader = { format: ARCHIVE_FORMAT, run, name, publicKey: signature.publicKey, contents: withContents }
  return writeLines(file, async (write) => {
    await write(header)
    for (const head of heads) await writeChain(db, head, write)
    const contents = withContents ? await writeContents(db, run, write) : 0
    await write({ end, signature })
    return { facts, contents }
  })
}

type Db = Instance['db']

async function writeChain(db: Db, { stream, seq }: { stream: string; seq: number }, write: LineWriter): Promise<void> {
  for (let after = 0; after < seq; after += PAGE) {
    const until = Math.min(seq, after + PAGE)
    const rows = await db.query(
      'select stream, seq, body, hash from ssc.events where stream = $1 and seq > $2 and seq <= $3 order by seq',
      [stream, after, until],
    )
    for (const row of rows) await write(row)
  }
}

/** One piece in memory at a time. What is erased meanwhile is left out. */
async function writeContents(db: Db, run: string, write: LineWriter): Promise<number> {
  const pieces = await db.query<{ hash: string }>('select hash from ssc.contents where run = $1 order by hash collate "C"', [run])
  let written = 0
  for (const { hash } of pieces) {
    const [row] = await db.query<{ stream: string; bytes: Uint8Array }>(
      'select stream, bytes from ssc.contents where run = $1 and hash = $2',
      [run, hash],
    )
    if (row === undefined) continue
    const bytes = Buffer.from(row.bytes)
    const of = Math.max(1, Math.ceil(bytes.length / PART_BYTES))
    for (let part = 0; part < of; part += 1) {
      const piece = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)
      await write({ content: hash, stream: row.stream, part, of, bytes: piece.toString('base64') })
    }
    written += 1
  }
  return written
}

/**
 * The facts of one of our own runs, or of a run that was brought by `ssc archive import` and is named ORIGIN/RUN.
 * Throws InputError when there is none of that name.
 */
export async function eventsOf({ store, config }: Pick<Instance, 'store' | 'config'>, name: string): Promise<Event[]> {
  if (name.includes('/')) return foreignEvents(config.home, name)
  await readRunState(store, name)
  return store.readRun(name)
}

/** How an archive stands to our own log: `same` and `earlier` are our own run, `other` has its name and says something else. */
export async function ownRunLike(
  { store, db }: Pick<Instance, 'store' | 'db'>,
  { run, heads }: { run: string; heads: readonly { stream: string; seq: number; hash: string }[] },
): Promise<'none' | 'same' | 'earlier' | 'other'> {
  const own = await store.heads(run)
  if (own.length === 0) return 'none'
  for (const head of heads) {
    const [row] = await db.query<{ hash: string }>('select hash from ssc.events where stream = $1 and seq = $2', [head.stream, head.seq])
    if (row?.hash !== head.hash) return 'other'
  }
  const inOwn = new Map(own.map(({ stream, seq }) => [stream, seq]))
  return own.length === heads.length && heads.every(({ stream, seq }) => inOwn.get(stream) === seq) ? 'same' : 'earlier'
}
