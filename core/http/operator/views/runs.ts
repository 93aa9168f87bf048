import { z } from 'zod'
import { isOfficer, may, seesNgi } from '../../../domain/account.ts'
import { boardLights } from '../../../domain/board-row.ts'
import { lights } from '../../../domain/lights.ts'
import { summaries } from '../../../overview.ts'
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
        from: Date.parse(line.from),
        to: Date.parse(line.to),
        path: `/runs/${encodeURIComponent(line.run)}`,
        phaseWords: phaseWords[line.phase],
        lights: line.lights.filter(({ count }) => count > 0).map(({ light, count }) => ({ ...lightView(light as never), count })),
      })),
    },
  }),
})

async function linesOf({ instance, boards }: Office, { account }: Asked['viewer']): Promise<RunLine[]> {
  const all = await summaries({ ...instance, boards })
  const own = all.filter(({ sites }) => may(account, 'read', { ngis: sites.map(({ ngi }) => ngi) }))
  const order = ['running', 'approved', 'planned', 'stopped', 'ended']
  return own
    .map(({ events, untilMs, ...line }) => {
      const seen = line.sites.filter(({ ngi }) => seesNgi(account, ngi))
      return { ...line, sites: seen.length, lights: boardLights(seen) }
    })
    .sort((a, b) => order.indexOf(a.phase) - order.indexOf(b.phase) || Date.parse(b.from) - Date.parse(a.from))
}
