import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type ArchiveHeader, RunName } from '../../domain/archive.ts'
import { InputError } from '../../domain/errors.ts'
import type { Event } from '../../domain/event.ts'
import { foreignReportFault } from '../../domain/foreign-report.ts'
import { fingerprintOf } from '../signatures.ts'
import { freshName, writeWhole } from '../whole-file.ts'
import { type Scanned, scanArchive } from './scan.ts'
import { writeLines } from './write.ts'

/** A run that was brought from elsewhere: a file of its own, verified anew each time it is read. It is never in our own log. */
export const KeptRun = z.object({
  origin: z.string(),
  run: z.string(),
  /** Who made it, in their own words; and the fingerprint of the key with which they signed it. */
  name: z.string(),
  fingerprint: z.string(),
  facts: z.number(),
  /** The time of its newest fact, and when it was brought: ms since 1970. */
  asOf: z.number(),
  broughtMs: z.number(),
  heads: z.array(z.object({ stream: z.string(), seq: z.number(), hash: z.string() })),
})
export type KeptRun = z.infer<typeof KeptRun>

const Origin = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/)

/** Of whatever name an instance gives itself, a word that can name a folder. */
export function originOf(name: string, fingerprint: string): string {
  const word = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '')
  return word === '' ? `instance-${fingerprint.slice(0, 8)}` : word
}

export function readOrigin(text: string): string {
  const read = Origin.safeParse(text)
  if (read.success) return read.data
  throw new InputError('--as needs a short name: small letters, digits and dashes, at most 60', [])
}

/** No name of an origin begins so. */
const INCOMING = '.incoming'
const DAY_MS = 86_400_000

type Place = { archive: string; word: string; key: string; folder: string }

function placeOf(home: string, origin: string, run: string): Place {
  const folder = join(home, 'archives', origin)
  return { folder, archive: join(folder, `${run}.ssc.gz`), word: join(folder, `${run}.json`), key: join(folder, 'key.pem') }
}

/** `ORIGIN/RUN`, or undefined when the text is no such name. */
function partsOf(name: string): { origin: string; run: string } | undefined {
  const [origin, run, ...more] = name.split('/')
  const isName = more.length === 0 && Origin.safeParse(origin).success && RunName.safeParse(run).success
  return isName ? { origin: origin!, run: run! } : undefined
}

export function listKept(home: string): KeptRun[] {
  const root = join(home, 'archives')
  if (!existsSync(root)) return []
  const words = readdirSync(root, { withFileTypes: true })
    .filter((one) => one.isDirectory() && Origin.safeParse(one.name).success)
    .map(({ name }) => name)
    .sort()
    .flatMap((origin) =>
      readdirSync(join(root, origin))
        .sort()
        .map((file) => join(root, origin, file)),
    )
  return words.filter((file) => file.endsWith('.json')).map((file) => KeptRun.parse(JSON.parse(readFileSync(file, 'utf8'))))
}

/** The file of a run that was brought, and what is known of it. */
export function keptRun(home: string, name: string): { file: string; word: KeptRun } {
  const parts = partsOf(name)
  const place = parts && placeOf(home, parts.origin, parts.run)
  if (place === undefined || !existsSync(place.word)) {
    const known = listKept(home).map(({ origin, run }) => `${origin}/${run}`)
    const there = known.length === 0 ? 'Bring one with: ssc archive import FILE' : `There are: ${known.join(', ')}.`
    throw new InputError(`no run was brought that is named '${name}'. ${there}`, [])
  }
  return { file: place.archive, word: KeptRun.parse(JSON.parse(readFileSync(place.word, 'utf8'))) }
}

export function removeKept(home: string, name: string): void {
  const { word } = keptRun(home, name)
  const place = placeOf(home, word.origin, word.run)
  rmSync(place.word, { force: true })
  rmSync(place.archive, { force: true })
  if (readdirSync(place.folder).some((file) => file.endsWith('.json'))) return
  // With the key, and with what a process left that was killed.
  rmSync(place.folder, { recursive: true, force: true })
}

/** All facts of a run that was brought, verified anew. */
export async function foreignEvents(home: string, name: string): Promise<Event[]> {
  return (await readArchive(keptRun(home, name).file)).events
}

async function readArchive(file: string): Promise<{ scanned: Scanned; events: Event[] }> {
  const events: Event[] = []
  const scanned = await scanArchive(file, { fact: (_, event) => void events.push(event) })
  return { scanned, events }
}

/**
 * Takes an archive in: all of it is verified, and that its facts make a report, before anything is kept. Personal content in it is
 * left out. Throws InputError when something does not hold, or contradicts what was brought before.
 */
export async function keepArchive(home: string, file: string, wish: { as?: string; nowMs: number }): Promise<KeptRun & { isNew: boolean }> {
  const folder = join(home, 'archives')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  clearIncoming(folder)
  const fresh = freshName(join(folder, INCOMING))
  try {
    const { header, scanned, events } = await copyVerified(file, fresh)
    const fault = foreignReportFault(events)
    if (fault !== undefined) throw new InputError(`${file}: its chains hold, and its facts make no report (${fault})`, [])
    return keep(home, { fresh, header, scanned, events, ...wish })
  } finally {
    rmSync(fresh, { force: true })
  }
}

/** What a process left that was killed; another one may be at work on its own. */
function clearIncoming(folder: string): void {
  const old = Date.now() - DAY_MS
  for (const name of readdirSync(folder).filter((one) => one.startsWith(INCOMING))) {
    const file = join(folder, name)
    if ((statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? old) < old) rmSync(file, { force: true })
  }
}

/** Only what was verified is copied. What is kept is read from the copy: the file may change under our hands. */
async function copyVerified(file: string, fresh: string): Promise<{ header: ArchiveHeader; scanned: Scanned; events: Event[] }> {
  await writeLines(fresh, async (write) => {
    const { end } = await scanArchive(file, { header: (header) => write({ ...header, contents: false }), fact: (row) => write(row) })
    await write(end)
  })
  const { scanned, events } = await readArchive(fresh)
  const { format, run, name, publicKey, contents } = scanned
  return { header: { format, run, name, publicKey, contents }, scanned, events }
}

type Coming = { fresh: string; header: ArchiveHeader; scanned: Scanned; events: readonly Event[]; as?: string; nowMs: number }

function keep(home: string, { fresh, header, scanned, events, as, nowMs }: Coming): KeptRun & { isNew: boolean } {
  const { run, name, publicKey } = header
  const fingerprint = fingerprintOf(publicKey)!
  const origin = as === undefined ? originOf(name, fingerprint) : readOrigin(as)
  const place = placeOf(home, origin, run)
  checkKey(place, origin, publicKey)
  const { facts, asOf, heads } = scanned
  const word: KeptRun = { origin, run, name, fingerprint, facts, asOf, broughtMs: nowMs, heads: [...heads] }
  const before = existsSync(place.word) ? keptRun(home, `${origin}/${run}`).word : undefined
  if (before && sameHeads(before, word)) return { ...before, isNew: false }
  if (before && !goesOn(before, events))
    throw new InputError(
      `${origin}/${run} is here, and this file does not go on from it: to have this one, first: ssc archive remove ${origin}/${run}`,
      [],
    )
  mkdirSync(place.folder, { recursive: true, mode: 0o700 })
  if (!existsSync(place.key)) writeWhole(place.key, publicKey)
  renameSync(fresh, place.archive)
  writeWhole(place.word, JSON.stringify(word))
  return { ...word, isNew: true }
}

/** The first archive of an origin tells its key; another key is somebody else, whatever name they give themselves. */
function checkKey({ key }: Place, origin: string, publicKey: string): void {
  if (!existsSync(key) || readFileSync(key, 'utf8') === publicKey) return
  const known = fingerprintOf(readFileSync(key, 'utf8'))
  throw new InputError(
    `runs of '${origin}' are signed with the key ${known}, and this file with ${fingerprintOf(publicKey)}. Ask them which is theirs; to keep it apart: --as NAME`,
    [],
  )
}

/** Whether the facts that are known are all among these: a log only grows. */
function goesOn({ heads }: Pick<KeptRun, 'heads'>, events: readonly Event[]): boolean {
  const there = new Set(events.map(({ stream, seq, hash }) => `${stream}#${seq} ${hash}`))
  return heads.every(({ stream, seq, hash }) => there.has(`${stream}#${seq} ${hash}`))
}

function sameHeads(a: Pick<KeptRun, 'heads'>, b: Pick<KeptRun, 'heads'>): boolean {
  const text = ({ heads }: Pick<KeptRun, 'heads'>) => heads.map(({ stream, hash }) => `${stream} ${hash}`).join('\n')
  return text(a) === text(b)
}
