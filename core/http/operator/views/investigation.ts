import { z } from 'zod'
import { readReports } from '../../../app/read-reports.ts'
import { readChallenge } from '../../../app/view.ts'
import { challengeStream } from '../../../domain/event.ts'
import { observedTraces, plannedTraces } from '../../../domain/traces.ts'
import { reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'
import { siteOf } from './challenge.ts'

const verdict = z.enum(['right', 'partly', 'wrong', 'missing', 'for a person'])
const Field = z.object({
  field: z.string(),
  label: z.string(),
  said: z.string().nullable(),
  known: z.array(z.string()).readonly(),
  verdict,
  why: z.string(),
})

const Investigation = z.object({
  reports: z.array(
    z.object({
      at: z.number(),
      via: z.enum(['mail', 'form', 'json']),
      receipt: z.string(),
      isErased: z.boolean(),
      evidence: z.array(z.object({ sha256: z.string(), bytes: z.number() })).readonly(),
      fields: z.array(Field).readonly(),
    }),
  ),
  questions: z.array(z.object({ id: z.string(), title: z.string(), text: z.string(), solution: z.string() })),
  planned: z.array(z.object({ name: z.string(), lines: z.array(z.string()).readonly() })),
  observed: z.array(z.object({ at: z.number(), words: z.string() })),
})

/** What the site wrote in its common report, beside what we know: what was planned, and what was seen. */
export const investigationPage = reading({
  name: 'investigation',
  path: '/runs/:run/sites/:site/investigation',
  summary: "A site's common reports beside the answer key, the questions with their solutions, and what there was to find",
  need: { run: 'read' },
  query: z.object({}),
  answer: Investigation,
  read: async (asked): Promise<z.infer<typeof Investigation>> => {
    const { store } = asked.office.instance
    const run = asked.run!
    const state = await readChallenge(store, challengeStream(run.plan.id, siteOf(asked).name))
    const key = state.planned?.data.key
    return {
      reports: key === undefined ? [] : await readReports({ store }, state),
      questions: run.scenario.questions.map(({ id, title, text, solution }) => ({ id, title, text, solution })),
      planned: key === undefined ? [] : plannedTraces(key),
      observed: observedTraces(state),
    }
  },
  page: (data, { run, params }) => {
    const runPath = pathOfRun(run!.plan.id)
    const site = params.site!
    const ways = { mail: 'by mail', form: 'by the form', json: 'as JSON' }
    const reports = data.reports.map((one) => ({
      ...one,
      way: ways[one.via],
      fields: one.fields.map((field) => ({ ...field, said: field.said ?? '', mark: marks[field.verdict] })),
    }))
    const view = { ...data, reports, run: run!.plan.id, runPath, site, path: `${runPath}/sites/${encodeURIComponent(site)}` }
    return { title: `Investigation: ${site}`, template: 'investigation', view }
  },
})

/** The light that stands for a verdict, so that colour is never alone. */
const marks = {
  right: { light: 'green', letter: 'G' },
  partly: { light: 'amber', letter: 'A' },
  wrong: { light: 'red', letter: 'R' },
  missing: { light: 'grey', letter: '?' },
  'for a person': { light: 'pending', letter: '…' },
} as const
