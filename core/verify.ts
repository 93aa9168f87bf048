import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readRunState } from './app/view.ts'
import { verifyChain } from './domain/chain.ts'
import type { Event } from './domain/event.ts'
import { canonicalJson } from './domain/json.ts'
import type { Instance } from './instance.ts'
import { readText } from './io/read-yaml.ts'
import type { Effect } from './ports.ts'
import { reportOf } from './report.ts'

const MOST_REPORT_BYTES = 64 * 1024 * 1024

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
  for (const head of heads) {
    const last = rows.findLast((row) => row.stream === head.stream)
    if (last?.seq !== head.seq || last.hash !== head.hash) faults.push(`${head.stream}: its newest fact is not the head of its chain`)
  }
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
  const fresh = await reportOf(instance, run)
  let written: unknown
  try {
    written = JSON.parse(readText(file, MOST_REPORT_BYTES))
  } catch (error) {
    return [`${file}: ${(error as Error).message}`]
  }
  return canonicalJson(written) === canonicalJson(fresh) ? [] : [`${file}: this report does not follow from the log as it is now`]
}
