import { generateKeyPairSync, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { ARCHIVE_FORMAT } from '../../core/domain/archive.ts'
import { hashInput } from '../../core/domain/chain.ts'
import type { Event } from '../../core/domain/event.ts'
import { canonicalJson } from '../../core/domain/json.ts'
import { sha256 } from '../../core/io/keys.ts'
import { sampleRun } from '../domain/sample-run.ts'

export type Row = { stream: string; seq: number; body: string; hash: string }
export type Forged = { header: Record<string, unknown>; rows: Row[]; end: Record<string, unknown>; more: unknown[] }

export function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { pem, sign: (text: string) => sign(null, Buffer.from(text), privateKey).toString('base64') }
}
export type Key = ReturnType<typeof newKey>

/** A small run in which sites behave in many ways. */
export function sampleEvents(sites = 3): Event[] {
  return sampleRun({ seed: 3, sites })
}

/** The rows of these events as a store would hold them: each stream by itself, with chains that hold. */
export function rowsOf(events: readonly Event[]): Row[] {
  const streams = [...new Set(events.map(({ stream }) => stream))].sort()
  return streams.flatMap((stream) => {
    let previous = ''
    return events
      .filter((event) => event.stream === stream)
      .map(({ at, data, type }, i) => {
        const row = { stream, seq: i + 1, body: canonicalJson({ at, data, type }) }
        previous = sha256(hashInput(previous, row))
        return { ...row, hash: previous }
      })
  })
}

/** Writes an archive of these rows, signed with the key; `change` is what somebody with bad intent does to it before it is signed. */
export function writeArchive(
  file: string,
  { rows, key, name = 'The North', change = (made) => made }: { rows: Row[]; key: Key; name?: string; change?: (made: Forged) => Forged },
): string {
  const run = rows[0]!.stream.split('/')[1]!
  const heads = [...new Map(rows.map(({ stream, seq, hash }) => [stream, { stream, seq, hash }])).values()]
  const header = { format: ARCHIVE_FORMAT, run, name, publicKey: key.pem, contents: false }
  const made = change({ header, rows, end: { format: ARCHIVE_FORMAT, run, name, facts: rows.length, heads }, more: [] })
  const signature = { algorithm: 'Ed25519', publicKey: key.pem, value: key.sign(canonicalJson(made.end)) }
  return writeText(file, [made.header, ...made.rows, ...made.more, { end: made.end, signature }])
}

export function writeText(file: string, lines: readonly unknown[]): string {
  writeFileSync(file, gzipSync(lines.map((line) => `${canonicalJson(line)}\n`).join('')))
  return file
}
