import { z } from 'zod'
import { readRunState } from '../../../app/view.ts'
import { DOWN, type Down } from '../../../app/watch-ourselves.ts'
import { examine } from '../../../doctor.ts'
import type { Store } from '../../../ports.ts'
import { reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'

const State = z.object({
  findings: z.array(z.object({ what: z.string(), problem: z.string().nullable(), notAsked: z.array(z.string()) })),
  /** When the engine turned last, ms since 1970; null where it never did. */
  aliveMs: z.number().nullable(),
  runs: z.array(z.object({ run: z.string(), waiting: z.number().int(), unsure: z.number().int() })),
  node: z.string(),
  /** What of our own side does not answer now, as runs that are under way need it. Times in ms since 1970. */
  down: z.array(z.object({ what: z.string(), sinceMs: z.number() })),
  /** The newest times in which it did not, for which sites' clocks stood still. */
  outages: z.array(z.object({ run: z.string(), what: z.string(), fromMs: z.number(), untilMs: z.number() })),
})

const MOST_OUTAGES = 20

/** What `ssc doctor` finds, and what waits: each question has an end, so that nothing that hangs holds the page. */
export const statePage = reading({
  name: 'state',
  path: '/state',
  summary: 'How this instance is: what the doctor finds, when the engine turned last, and what waits or is uncertain',
  need: 'instance',
  query: z.object({}),
  answer: State,
  read: async ({ office: { instance } }) => {
    const { store, config } = instance
    const found = await examine(config, async () => instance)
    const runs = await Promise.all(
      (await store.listRuns()).map(async ({ run }) => ({
        run,
        waiting: (await store.effects(run, ['queued', 'deferred'])).length,
        unsure: (await store.effects(run, ['unsure'])).length,
      })),
    )
    return {
      findings: found.map(({ what, problem, notAsked = [] }) => ({ what, problem, notAsked })),
      aliveMs: (await store.document<number>('alive')) ?? null,
      runs: runs.filter(({ waiting, unsure }) => waiting + unsure > 0),
      node: process.version,
      down: Object.entries((await store.document<Down>(DOWN)) ?? {}).map(([what, sinceMs]) => ({ what, sinceMs })),
      outages: await outagesOf(store),
    }
  },
  page: (state) => ({
    title: 'State of this instance',
    template: 'state',
    view: {
      ...state,
      alive: state.aliveMs ?? false,
      findings: state.findings.map((one) => ({ ...one, problem: one.problem ?? false, notAsked: one.notAsked.join(', ') })),
      runs: state.runs.map((one) => ({ ...one, path: pathOfRun(one.run) })),
      outages: state.outages.map((one) => ({ ...one, path: pathOfRun(one.run) })),
    },
  }),
})

async function outagesOf(store: Store): Promise<z.infer<typeof State>['outages']> {
  const states = await Promise.all((await store.listRuns()).map(async ({ run }) => ({ run, state: await readRunState(store, run) })))
  const all = states.flatMap(({ run, state }) => state.outages.map(({ what, fromMs, untilMs }) => ({ run, what, fromMs, untilMs })))
  return all.sort((a, b) => b.untilMs - a.untilMs).slice(0, MOST_OUTAGES)
}
