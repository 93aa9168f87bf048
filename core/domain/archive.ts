import { z } from 'zod'
import { hashInput } from './chain.ts'
import type { Event } from './event.ts'
import { Expectation, PartyExpectation, Rubric } from './rubric.ts'

/** How an archive begins; core/decisions/020-archive.md tells the whole of it. */
export const ARCHIVE_FORMAT = 'ssc-archive/1'

/** How much of an archive is read, whoever wrote it. The plan of 2000 sites is one fact, and so one line. */
export const archiveLimits = {
  fileBytes: 512 * 1024 * 1024,
  textBytes: 512 * 1024 * 1024,
  lineBytes: 16 * 1024 * 1024,
  facts: 1_000_000,
  factsInStream: 20_000,
  streams: 5_000,
  /** Values in all facts together: what they take in memory grows with it. */
  values: 20_000_000,
  depth: 24,
}

const Hash = z.string().regex(/^[0-9a-f]{64}$/)
export const RunName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,99}$/)
const Pem = z.string().max(2000)
const Head = z.strictObject({ stream: z.string().max(500), seq: z.number().int().positive(), hash: Hash })

/** The first line: whose run it is. Its words are believed only when the last line, which is signed, says the same. */
export const ArchiveHeader = z.strictObject({
  format: z.literal(ARCHIVE_FORMAT),
  run: RunName,
  name: z.string().min(1).max(200),
  publicKey: Pem,
  contents: z.boolean(),
})
export type ArchiveHeader = z.infer<typeof ArchiveHeader>

/** A fact as it is stored: `body` is its canonical JSON, over which the hash is taken. */
export const ArchivedFact = z.strictObject({ stream: z.string().max(500), seq: z.number().int().positive(), body: z.string(), hash: Hash })

/** A piece of the erasable content, in parts of at most a MiB: base64. */
export const ArchivedContent = z.strictObject({
  content: Hash,
  stream: z.string().max(500),
  part: z.number().int().min(0),
  of: z.number().int().positive(),
  bytes: z.string(),
})
export type ArchivedContent = z.infer<typeof ArchivedContent>

/** The last line. The signature is over the canonical JSON of `end`. */
export const ArchiveEnd = z.strictObject({
  end: z.strictObject({
    format: z.literal(ARCHIVE_FORMAT),
    run: RunName,
    name: z.string().max(200),
    facts: z.number().int().positive(),
    heads: z.array(Head),
  }),
  signature: z.strictObject({ algorithm: z.literal('Ed25519'), publicKey: Pem, value: z.string().max(200) }),
})
export type ArchiveEnd = z.infer<typeof ArchiveEnd>

/** What an archive says of itself, once all of it was verified. */
export type ArchiveWord = ArchiveHeader & { facts: number; heads: readonly { stream: string; seq: number; hash: string }[]; asOf: number }

/** The run that a stream belongs to. */
export function runOfStream(stream: string): string | undefined {
  const [, kind, run, one] = /^(run|challenge|party)\/([^/]+)(?:\/([^/]+))?$/.exec(stream) ?? []
  return (kind === 'run') === (one === undefined) ? run : undefined
}

type Row = z.infer<typeof ArchivedFact>

/** Takes the facts of an archive one by one, in their order. Gives back what is wrong with the first that does not fit. */
export function chainReader(run: string, sha256: (text: string) => string) {
  const heads = new Map<string, Row>()
  let last: Row | undefined
  let facts = 0

  function take(row: Row): string | undefined {
    const place = `${row.stream}#${row.seq}`
    if (runOfStream(row.stream) !== run) return `${place}: it is not of the run ${run}`
    if (row.stream !== last?.stream && heads.has(row.stream)) return `${place}: the facts of one chain are not together`
    const before = heads.get(row.stream)
    if (row.seq !== (before?.seq ?? 0) + 1) return `${place}: ${row.seq - (before?.seq ?? 0) - 1} facts are missing before it`
    if (sha256(hashInput(before?.hash ?? '', row)) !== row.hash) return `${place}: the content does not match its hash`
    facts += 1
    if (facts > archiveLimits.facts) return `there are more than ${archiveLimits.facts} facts`
    if (row.seq > archiveLimits.factsInStream) return `${place}: a chain has at most ${archiveLimits.factsInStream} facts`
    last = { ...row, body: '' }
    heads.set(row.stream, last)
    return heads.size > archiveLimits.streams ? `there are more than ${archiveLimits.streams} chains` : undefined
  }

  return { take, facts: () => facts, heads: () => [...heads.values()].map(({ stream, seq, hash }) => ({ stream, seq, hash })) }
}

/** How many values a piece of data holds, itself with them; undefined when it is deeper than `left` levels. */
export function countValues(value: unknown, left: number = archiveLimits.depth): number | undefined {
  if (value === null || typeof value !== 'object') return 1
  if (left === 0) return undefined
  let sum = 1
  for (const one of Object.values(value)) {
    const inside = countValues(one, left - 1)
    if (inside === undefined) return undefined
    sum += inside
  }
  return sum
}

const Ms = z
  .number()
  .int()
  .min(0)
  .max(800 * 86_400_000)
const times = { within: Ms, lateUntil: Ms.optional() }

/** A rubric as the log holds it: its durations are numbers already. A longer one would keep a calendar busy for hours. */
export const StoredRubric = Rubric.extend({
  expectations: z.array(Expectation.extend(times)).min(1).max(100),
  parties: z.array(PartyExpectation.extend(times)).max(100).default([]),
})

/** A moment that a Date can show, with years to spare. */
const LATEST_MS = Date.UTC(3000, 0, 1)

/** Why a fact that somebody else wrote is not taken: only what every report relies on is looked at. */
export function strangenessOf(fact: Record<string, unknown>, isKnown: (type: string) => boolean): string | undefined {
  const { at, type, data } = fact
  if (typeof at !== 'number' || !Number.isInteger(at) || at < 0 || at > LATEST_MS) return 'its time is no time'
  if (typeof type !== 'string' || !isKnown(type)) return 'it is of a type that this version does not know'
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return 'it has no data'
  return undefined
}

export function eventOfRow({ stream, seq, hash, body }: Row): Event {
  return { ...JSON.parse(body), stream, seq, hash }
}
