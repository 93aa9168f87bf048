import { z } from 'zod'
import { readPlannedRun } from './app/view.ts'
import { type Boards, createBoards } from './boards.ts'
import { canonicalJson } from './domain/json.ts'
import { lights } from './domain/lights.ts'
import type { Light } from './domain/report.ts'
import type { Clock, Store } from './ports.ts'

/**
 * A run as the first page shows it: a projection, kept beside the log and thrown away at will. It holds as long as the log has so
 * many facts, and until the next deadline. Times in ms since 1970.
 */
export const RunSummary = z.strictObject({
  run: z.string(),
  events: z.number().int(),
  untilMs: z.number().nullable(),
  title: z.string(),
  scenario: z.string(),
  phase: z.enum(['planned', 'approved', 'running', 'stopped', 'ended']),
  rehearsal: z.boolean(),
  from: z.string(),
  to: z.string(),
  sites: z.array(z.strictObject({ ngi: z.string(), light: z.enum(lights as [Light, ...Light[]]) })),
})
export type RunSummary = z.infer<typeof RunSummary>

type Parts = { store: Store; clock: Pick<Clock, 'now'>; boards: Pick<Boards, 'read'> }

/** The document of a run's summary. */
export const summaryName = (run: string) => `summary/${run}`

/** All runs that were planned. Only those whose log has grown, or whose lights may have changed with the time, are read. */
export async function summaries(parts: Parts): Promise<RunSummary[]> {
  const { store, clock } = parts
  const all: RunSummary[] = []
  // One log in memory at a time.
  for (const { run, events } of await store.listRuns()) {
    const kept = RunSummary.safeParse(await store.document(summaryName(run))).data
    const holds = kept?.events === events && (kept.untilMs === null || clock.now() < kept.untilMs)
    const summary = holds ? kept : await summarize(parts, run, events)
    if (summary !== undefined) all.push(summary)
    if (summary !== undefined && !holds) await store.putDocument(summaryName(run), summary)
  }
  return all
}

/** From the log itself; undefined for one that cannot be shown. */
export async function summarize({ store, boards }: Parts, run: string, events: number): Promise<RunSummary | undefined> {
  const planned = await readPlannedRun(store, run).catch(() => undefined)
  if (planned === undefined) return undefined
  const { plan, phase, scenario } = planned
  const { rows } = await boards.read(run)
  const deadlines = rows.flatMap(({ nextMs }) => nextMs ?? [])
  return {
    ...{ run, events, phase, title: scenario.title, scenario: plan.run.scenario, rehearsal: plan.run.rehearsal },
    ...{ from: plan.run.window.from, to: plan.run.window.to, untilMs: deadlines.length === 0 ? null : Math.min(...deadlines) },
    sites: rows.map(({ ngi, light }) => ({ ngi, light })),
  }
}

/** Makes the summary anew and compares; one that is not what the log gives is thrown away, and told. */
export async function summaryFaults({ store, clock }: { store: Store; clock: Clock }, run: string): Promise<string[]> {
  const written = await store.document(summaryName(run))
  const events = (await store.listRuns()).find((one) => one.run === run)?.events
  const kept = RunSummary.safeParse(written).data
  // One that does not hold any more is not used either.
  if (events === undefined || kept?.events !== events || (kept.untilMs ?? Number.POSITIVE_INFINITY) <= clock.now()) return []
  const boards = createBoards({ store, clock, onError: () => {} })
  const made = await summarize({ store, clock, boards }, run, events)
  await boards.close()
  if (canonicalJson(made) === canonicalJson(kept)) return []
  await store.putDocument(summaryName(run), null)
  return [
    `${summaryName(run)}: the first page's summary of the run is not what its log gives. It was thrown away; the next look makes it anew`,
  ]
}
