import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readRunState } from './app/view.ts'
import { ownRunLike } from './archive.ts'
import type { Config } from './config.ts'
import { verifyChain } from './domain/chain.ts'
import { messageOf } from './domain/errors.ts'
import type { Event } from './domain/event.ts'
import type { Instance } from './instance.ts'
import { scanArchive } from './io/archive/scan.ts'
import { fingerprintOf, ownPublicKey } from './io/signatures.ts'
import { readWritten, type WrittenReport } from './io/written-report.ts'
import { summaryFaults } from './overview.ts'
import type { Effect } from './ports.ts'
import { type Verified, verifyAgainstLog, verifyAlone } from './verify-report.ts'

/** What of a run does not hold: its chains, its tables beside the log, a report that was written. Empty when all is well. */
export async function verifyRun(
  instance: Instance,
  run: string,
  reportFile?: string,
): Promise<{ facts: number; report: string | null; faults: string[] }> {
  const { store, sha256, config } = instance
  await readRunState(store, run)
  const [rows, heads, events] = await Promise.all([store.chainRows(run), store.heads(run), store.readRun(run)])
  const faults = verifyChain(rows, sha256)
  const newest = new Map(rows.map((row) => [row.stream, row]))
  for (const head of heads) {
    const last = newest.get(head.stream)
    if (last?.seq !== head.seq || last.hash !== head.hash) faults.push(`${head.stream}: its newest fact is not the head of its chain`)
  }
  faults.push(...(await summaryFaults(instance, run)))
  faults.push(...workFaults(await store.effects(run, ['done']), events))
  const file = reportFile ?? join(config.home, 'reports', `${run}.json`)
  const report = reportFile !== undefined || existsSync(file) ? file : null
  if (report !== null) faults.push(...(await reportFaults(instance, run, report)))
  return { facts: rows.length, report, faults }
}

/** What the table says was done must stand in the log. */
function workFaults(done: readonly Effect[], events: readonly Event[]): string[] {
  const told = new Set(events.flatMap((event) => ('effect' in event.data ? [`${event.type} ${event.data.effect}`] : [])))
  return done
    .filter((effect) => effect.kind === 'dispatch-job' && !told.has(`JobSubmitted ${effect.id}`))
    .map((effect) => `${effect.id}: it is marked as done, and the log does not say so`)
}

async function reportFaults(instance: Instance, run: string, file: string): Promise<string[]> {
  try {
    const written = readWritten(file)
    if (written.content.run !== run) return [`${file}: it is a report of ${written.content.run}`]
    const { faults } = joined(verifyAlone(written), await verifyAgainstLog(instance, written))
    return faults.map((fault) => `${file}: ${fault}`)
  } catch (error) {
    return [messageOf(error)]
  }
}

function joined(...all: Verified[]): Verified {
  const fingerprint = all.find((one) => one.fingerprint !== undefined)?.fingerprint
  return {
    checked: all.flatMap(({ checked }) => checked),
    faults: all.flatMap(({ faults }) => faults),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  }
}

/** How a key stands to ours: `unknown` where this machine has none. */
export type Whose = 'ours' | 'another' | 'unknown'

/** What was verified of a file that was given out. `left`: what nobody can verify by it. */
export type VerifiedFile = Verified & { kind: 'archive' | WrittenReport['kind']; run: string; whose: Whose; left: string[] }

/** What there is on this machine: nothing of it is made, so that a site can verify without any of it. */
export type Here = { config: Pick<Config, 'home' | 'keysFolder' | 'databaseUrl'>; instance(): Promise<Instance> }

/** A report of a run or of a site, as .json or .html: alone, and against our own log where the run is ours. */
export async function verifyReport(file: string, here: Here): Promise<VerifiedFile> {
  const written = readWritten(file)
  const alone = verifyAlone(written)
  const log = hasStore(here) ? await verifyAgainstLog(await here.instance(), written) : { checked: [], faults: [] }
  const isInLog = log.checked.length + log.faults.length > 0
  const left = [
    ...(written.isPage
      ? ["what the page shows around its data: the lights that count are in the data, and 'ssc report' draws them anew"]
      : []),
    ...(isInLog ? [] : ['whether it follows from the log: that needs the log, or an archive of the run']),
  ]
  const all = joined(alone, log)
  return { ...all, kind: written.kind, run: written.content.run, whose: whoseKey(here, all.fingerprint), left }
}

/** An archive, with nothing but the key that it brings. Throws InputError when it cannot be read to its end. */
export async function verifyArchive(file: string, here: Here): Promise<VerifiedFile> {
  const { run, facts, heads, publicKey, pieces } = await scanArchive(file)
  const fingerprint = fingerprintOf(publicKey)!
  const own = hasStore(here) ? await ownRunLike(await here.instance(), { run, heads }) : 'none'
  const checked = [
    `all ${facts} facts are in their ${heads.length} chains`,
    'the signature over the heads of the chains is good',
    ...(pieces > 0 ? [`${pieces} pieces of content are what their hashes name`] : []),
    ...(own === 'same' || own === 'earlier' ? ['all its facts stand in our own log'] : []),
  ]
  const faults = own === 'other' ? [`our own log holds a run ${run} that says something else`] : []
  return { kind: 'archive', run, checked, faults, fingerprint, whose: whoseKey(here, fingerprint), left: [] }
}

function hasStore({ config }: Here): boolean {
  return config.databaseUrl !== undefined || existsSync(join(config.home, 'database'))
}

function whoseKey({ config }: Here, fingerprint: string | undefined): Whose {
  const own = ownPublicKey(config.keysFolder)
  if (own === undefined || fingerprint === undefined) return 'unknown'
  return fingerprintOf(own) === fingerprint ? 'ours' : 'another'
}
