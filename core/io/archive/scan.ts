import { createHash } from 'node:crypto'
import type { z } from 'zod'
import {
  ArchivedContent,
  ArchivedFact,
  ArchiveEnd,
  ArchiveHeader,
  type ArchiveWord,
  archiveLimits,
  chainReader,
  countValues,
  runOfStream,
  StoredRubric,
  strangenessOf,
} from '../../domain/archive.ts'
import { InputError } from '../../domain/errors.ts'
import type { Event } from '../../domain/event.ts'
import { isFactOf } from '../../domain/fact-types.ts'
import { canonicalJson } from '../../domain/json.ts'
import { sha256 } from '../keys.ts'
import { isSigned } from '../signatures.ts'
import { readLines } from './lines.ts'

export type ArchivedRow = z.infer<typeof ArchivedFact>

/** What is done with the parts of an archive as they come. Nothing of it may be believed before `scanArchive` resolves. */
export type Scanning = { header?(header: ArchiveHeader): Promise<void>; fact?(row: ArchivedRow, event: Event): Promise<void> | void }

/** `pieces`: how much erasable content it held, each piece the one that its hash names. */
export type Scanned = ArchiveWord & { pieces: number; end: ArchiveEnd }

/**
 * Reads an archive from its first line to its last in bounded memory, and verifies the chains, the heads and their signature with
 * the key that it brings. Throws InputError at the first thing that does not hold.
 */
export async function scanArchive(file: string, scanning: Scanning = {}): Promise<Scanned> {
  const fail = (what: string) => new InputError(`${file} does not hold: ${what}`, [])
  const lines = numbered(readLines(file), fail)
  const header = lines.read(await lines.next(), ArchiveHeader)
  await scanning.header?.(header)
  const chains = chainReader(header.run, sha256)
  const pieces = contentReader()
  let values = 0
  let asOf = 0
  for (let line = await lines.next(); ; line = await lines.next()) {
    if (line.startsWith('{"body"')) {
      const row = lines.read(line, ArchivedFact)
      const fault = chains.take(row)
      if (fault !== undefined) throw fail(fault)
      const { event, size } = readFact(row, fail)
      values += size
      if (values > archiveLimits.values) throw fail(`its facts hold more than ${archiveLimits.values} values`)
      asOf = Math.max(asOf, event.at)
      await scanning.fact?.(row, event)
    } else if (line.startsWith('{"bytes"')) {
      const fault = pieces.take(lines.read(line, ArchivedContent))
      if (fault !== undefined) throw fail(fault)
    } else {
      const end = lines.read(line, ArchiveEnd)
      if (!(await lines.isOver())) throw fail('something follows its last line')
      const fault = endFault(header, end, chains) ?? pieces.fault()
      if (fault !== undefined) throw fail(fault)
      return { ...header, facts: chains.facts(), heads: end.end.heads, asOf, pieces: pieces.count(), end }
    }
  }
}

function numbered(source: AsyncGenerator<string>, fail: (what: string) => InputError) {
  let line = 0

  async function next(): Promise<string> {
    line += 1
    const { value, done } = await source.next()
    if (done === true) throw fail('it is cut off: its last line, which is signed, is missing')
    return value
  }

  function read<Schema extends z.ZodType>(text: string, schema: Schema): z.output<Schema> {
    const parsed = schema.safeParse(jsonOf(text))
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    throw fail(`line ${line} is not as it should be: ${[...(issue?.path ?? []), issue?.message].join(' ').slice(0, 300)}`)
  }

  return { next, read, isOver: async () => (await source.next()).done === true }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readFact(row: ArchivedRow, fail: (what: string) => InputError): { event: Event; size: number } {
  const place = `${row.stream}#${row.seq}`
  const fact = jsonOf(row.body)
  const size = countValues(fact)
  if (size === undefined) throw fail(`${place}: it is too deep`)
  if (fact === null || typeof fact !== 'object' || Array.isArray(fact)) throw fail(`${place}: it is no fact`)
  const strange = strangenessOf(fact as Record<string, unknown>, (type) => isFactOf(row.stream, type))
  if (strange !== undefined) throw fail(`${place}: ${strange}`)
  const event = { ...fact, stream: row.stream, seq: row.seq, hash: row.hash } as Event
  const wrong = event.type === 'RunPlanned' ? planFault(event.data, runOfStream(row.stream)!) : undefined
  if (wrong !== undefined) throw fail(`${place}: ${wrong}`)
  return { event, size }
}

/** The plan names the run, and the rubric keeps no calendar busy for hours. */
function planFault(data: { plan?: { id?: unknown; sites?: unknown }; rubric?: unknown }, run: string): string | undefined {
  const { id, sites } = data.plan ?? {}
  if (id !== run) return 'its plan is not of this run'
  if (Array.isArray(sites) && sites.length > archiveLimits.streams) return `its plan has more than ${archiveLimits.streams} sites`
  const [issue] = StoredRubric.safeParse(data.rubric).error?.issues ?? []
  return issue && `its rubric is none: ${issue.path.join('.')}: ${issue.message}`
}

function endFault(header: ArchiveHeader, { end, signature }: ArchiveEnd, chains: ReturnType<typeof chainReader>): string | undefined {
  if (end.run !== header.run || end.name !== header.name || signature.publicKey !== header.publicKey)
    return 'its first line and its last do not say the same'
  if (end.facts !== chains.facts()) return `it was made with ${end.facts} facts, and holds ${chains.facts()}`
  if (canonicalJson(end.heads) !== canonicalJson(chains.heads())) return 'its chains do not end where its last line says'
  return isSigned(canonicalJson(end), signature) ? undefined : 'the signature of its last line is not good'
}

/** Content comes in parts that follow each other; each piece must be the one that its hash names. */
function contentReader() {
  let open: { content: string; of: number; next: number; hash: ReturnType<typeof createHash> } | undefined
  let count = 0

  function take({ content, part, of, bytes }: ArchivedContent): string | undefined {
    if (part === 0 && open === undefined) open = { content, of, next: 0, hash: createHash('sha256') }
    if (open === undefined || open.content !== content || open.next !== part || open.of !== of)
      return `content ${content}: a part is missing`
    open.hash.update(Buffer.from(bytes, 'base64'))
    open.next += 1
    if (open.next < open.of) return undefined
    const isRight = open.hash.digest('hex') === content
    open = undefined
    count += 1
    return isRight ? undefined : `content ${content}: it is not what its hash names`
  }

  return { take, count: () => count, fault: () => (open === undefined ? undefined : `content ${open.content}: a part is missing`) }
}
