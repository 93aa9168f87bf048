import { MAILROOM, runStream } from '../domain/event.ts'
import type { Store } from '../ports.ts'
import type { Core } from './deps.ts'
import { readShelves } from './sort-mail.ts'
import { readRunState } from './view.ts'

/** Content that came in before `olderThanMs` goes. A run that has to wait says until when, as far as that is known. */
export type PurgeStep = { run: string; olderThanMs: number } | { run: string; keptUntilMs?: number }

/** `keepMs`: how long after its end a run's content is kept; `leastMs`: what is younger of a run under way stays in any case. */
export type PurgeWish = { run?: string | undefined; keepMs: number; leastMs: number }

/** What may be erased now, of one run or of all and the mailroom. Nothing has happened yet. */
export async function planPurge(
  { store, clock }: Pick<Core, 'store' | 'clock'>,
  { run, keepMs, leastMs }: PurgeWish,
): Promise<PurgeStep[]> {
  const now = clock.now()
  const runs = run === undefined ? (await store.listRuns()).map((row) => row.run) : [run].filter((one) => one !== MAILROOM)
  const steps: PurgeStep[] = []
  for (const one of runs) {
    const { endedMs, stopped } = await readRunState(store, one)
    const overMs = endedMs ?? stopped?.at
    // Of a run under way only what is older than the retention itself, whatever was asked for.
    if (overMs === undefined) steps.push({ run: one, olderThanMs: now - Math.max(keepMs, leastMs) })
    else if (overMs + keepMs <= now) steps.push({ run: one, olderThanMs: now - keepMs })
    else steps.push({ run: one, keptUntilMs: overMs + keepMs })
  }
  return run === undefined || run === MAILROOM ? [...steps, { run: MAILROOM, olderThanMs: now - keepMs }] : steps
}

export type Purge = { run: string; olderThanMs: number; by: string }

/** Erases, and writes down that it was done; hashes and verdicts stay. Done again it finds nothing. Gives back how many pieces went. */
export async function purgeContent({ store }: Pick<Core, 'store'>, { run, olderThanMs, by }: Purge): Promise<number> {
  const erased = await store.purge(run, olderThanMs)
  if (run === MAILROOM) await clearShelves(store, { run, olderThanMs, by })
  else if (erased > 0)
    await store.commit({ run, facts: [{ stream: runStream(run), type: 'ContentPurged', data: { by, erased, olderThanMs } }] })
  return erased
}

/** What was erased can be read and sorted no longer. */
async function clearShelves(store: Store, { olderThanMs, by }: Purge): Promise<void> {
  const old = (await readShelves({ store })).filter((one) => one.at < olderThanMs)
  for (const { contentHash } of old)
    if ((await store.content(contentHash)) === undefined) {
      const data = { contentHash, by, to: 'erased after the time of retention' }
      await store.commit({ run: MAILROOM, facts: [{ stream: MAILROOM, type: 'MailSorted', data, key: `sorted:${contentHash}` }] })
    }
}
