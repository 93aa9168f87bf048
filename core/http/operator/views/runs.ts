import { z } from 'zod'
import { readPlannedRun } from '../../../app/view.ts'
import { isOfficer, may, seesNgi } from '../../../domain/account.ts'
import { boardLights } from '../../../domain/board-row.ts'
import { lights } from '../../../domain/lights.ts'
import type { PlannedRun } from '../../../domain/work.ts'
import { type Asked, type Office, reading } from '../route.ts'
import { lightView, phaseWords } from './words.ts'

const RunLine = z.object({
  run: z.string(),
  title: z.string(),
  scenario: z.string(),
  phase: z.enum(['planned', 'approved', 'running', 'stopped', 'ended']),
  rehearsal: z.boolean(),
  from: z.string(),
  to: z.string(),
  sites: z.number().int(),
  lights: z.array(z.object({ light: z.enum(lights as [string, ...string[]]), count: z.number().int() })),
})
type RunLine = z.infer<typeof RunLine>

/** The first page: everything that concerns whoever looks, what goes on first. */
export const runsPage = reading({
  name: 'runs',
  path: '/',
  summary: 'The runs that concern you, with their lights',
  need: 'oneself',
  query: z.object({}),
  answer: z.object({ runs: z.array(RunLine) }),
  read: async ({ office, viewer }) => ({ runs: isOfficer(viewer.account) ? await linesOf(office, viewer) : [] }),
  page: ({ runs }, { viewer }) => ({
    title: 'Runs',
    template: 'runs',
    view: {
      isOfficer: isOfficer(viewer.account),
      runs: runs.map((line) => ({
        ...line,
        path: `/runs/${encodeURIComponent(line.run)}`,
        phaseWords: phaseWords[line.phase],
        lights: line.lights.filter(({ count }) => count > 0).map(({ light, count }) => ({ ...lightView(light as never), count })),
      })),
    },
  }),
})

async function linesOf(office: Office, viewer: Asked['viewer']): Promise<RunLine[]> {
  const { store } = office.instance
  const all = await Promise.all((await store.listRuns()).map(({ run }) => readPlannedRun(store, run).catch(() => undefined)))
  const own = all
    .filter((run) => run !== undefined)
    .filter(({ plan }) => may(viewer.account, 'read', { ngis: plan.sites.map(({ ngi }) => ngi) }))
  const lines: RunLine[] = []
  // One log in memory at a time.
  for (const run of own) lines.push(await lineOf(office, viewer, run))
  const order = ['running', 'approved', 'planned', 'stopped', 'ended']
  return lines.sort((a, b) => order.indexOf(a.phase) - order.indexOf(b.phase) || Date.parse(b.from) - Date.parse(a.from))
}

async function lineOf({ boards }: Office, { account }: Asked['viewer'], { plan, phase, scenario }: PlannedRun): Promise<RunLine> {
  const { rows } = await boards.read(plan.id)
  const own = rows.filter(({ ngi }) => seesNgi(account, ngi))
  const { window, rehearsal } = plan.run
  return {
    ...{ run: plan.id, title: scenario.title, scenario: plan.run.scenario, phase, rehearsal },
    ...{ from: window.from, to: window.to, sites: own.length, lights: boardLights(own) },
  }
}
