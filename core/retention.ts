import { existsSync } from 'node:fs'
import { type PurgeStep, planPurge, purgeContent } from './app/purge-run.ts'
import { messageOf } from './domain/errors.ts'
import { every } from './every.ts'
import { IDLE_MS } from './http/operator/session.ts'
import type { Instance } from './instance.ts'
import { keepReports, keptReport } from './kept-reports.ts'
import { reportOf } from './report.ts'
import { verifyRun } from './verify.ts'

type Log = (message: string, data?: Record<string, unknown>) => void

export const DAY_MS = 86_400_000
/** How often it is looked at whether a day has gone by: a start again brings no turn forward, and puts none off. */
const LOOK_MS = 3_600_000
/** When the last turn was, ms since 1970. */
const LAST = 'retention'

/** Erases what a step says, and writes anew the report that was kept beside the log. Gives back how many pieces went. */
export async function carryOutPurge(
  instance: Instance,
  { step, by }: { step: Extract<PurgeStep, { olderThanMs: number }>; by: string },
): Promise<number> {
  const followed = await reportFollows(instance, step.run)
  const erased = await purgeContent(instance, { ...step, by })
  // The log has one more fact now: the report has the same lights.
  if (erased > 0 && followed) await keepReports(instance, await reportOf(instance, step.run), { again: true })
  return erased
}

/** Whether a report lies beside the log that says what the log says; one that does not is left as it is. */
async function reportFollows(instance: Instance, run: string): Promise<boolean> {
  return existsSync(keptReport(instance, run, 'json')) && (await verifyRun(instance, run)).faults.length === 0
}

/** Once a day: what is older than `retentionDays` is erased, as `ssc purge` does it, and ways in that are over go. */
export function keepRetention(instance: Instance, log: Log): () => Promise<void> {
  return every(
    LOOK_MS,
    () => retentionTurn(instance, log),
    (error) => log('what is older than retentionDays could not be erased; tried again in an hour', { reason: messageOf(error) }),
  )
}

/** The very first turn erases nothing, and says what the next one will do. */
export async function retentionTurn(instance: Instance, log: Log): Promise<void> {
  const { store, clock, config } = instance
  const last = await store.document<number>(LAST)
  const now = clock.wall()
  if (last !== undefined && now - last < DAY_MS) return
  await dropWaysIn(instance, log)
  if (last !== undefined) await eraseOld(instance, log)
  else if ((await store.listRuns()).length > 0)
    log('personal content is erased from tomorrow on when its time is over', { retentionDays: config.retentionDays })
  await store.putDocument(LAST, now)
}

async function eraseOld(instance: Instance, log: Log): Promise<void> {
  const keepMs = instance.config.retentionDays * DAY_MS
  for (const step of await planPurge(instance, { keepMs, leastMs: keepMs })) {
    if (!('olderThanMs' in step)) continue
    const erased = await carryOutPurge(instance, { step, by: 'retentionDays' })
    if (erased > 0) log('personal content was erased, as its time is over', { run: step.run, pieces: erased })
  }
}

async function dropWaysIn({ accounts, clock }: Instance, log: Log): Promise<void> {
  const now = clock.wall()
  const dropped = await accounts.dropPast({ nowMs: now, idleSinceMs: now - IDLE_MS })
  if (dropped > 0) log('sessions, tokens, invitations and passkeys that are over were taken away', { count: dropped })
}
