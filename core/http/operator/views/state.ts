import { z } from 'zod'
import { examine } from '../../../doctor.ts'
import { reading } from '../route.ts'

const State = z.object({
  findings: z.array(z.object({ what: z.string(), problem: z.string().nullable(), notAsked: z.array(z.string()) })),
  /** When the engine turned last, ms since 1970; null where it never did. */
  aliveMs: z.number().nullable(),
  runs: z.array(z.object({ run: z.string(), waiting: z.number().int(), unsure: z.number().int() })),
  node: z.string(),
})

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
    }
  },
  page: (state) => ({
    title: 'State of this instance',
    template: 'state',
    view: {
      ...state,
      alive: state.aliveMs ?? false,
      findings: state.findings.map((one) => ({ ...one, problem: one.problem ?? false, notAsked: one.notAsked.join(', ') })),
      runs: state.runs.map((one) => ({ ...one, path: `/runs/${encodeURIComponent(one.run)}` })),
    },
  }),
})
