import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { keepPlan, planRun } from '../../../app/plan-run.ts'
import { isCsirt, ngisOf, type Viewer } from '../../../domain/account.ts'
import { InputError } from '../../../domain/errors.ts'
import type { Plan } from '../../../domain/plan.ts'
import { durationWords } from '../../../domain/text.ts'
import { readPlanRequest } from '../../../planning.ts'
import { loadScenario, pluginFolders } from '../../../plugins.ts'
import { NotAllowedError } from '../errors.ts'
import { type Asked, acting, reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'

const Line = z.object({ id: z.string(), title: z.string(), story: z.string(), hasJob: z.boolean(), rubric: z.string() })

/** The stories that can be played. */
export const scenariosPage = reading({
  name: 'scenarios',
  path: '/scenarios',
  summary: 'The stories of challenges',
  need: 'office',
  query: z.object({}),
  answer: z.object({ scenarios: z.array(Line), broken: z.array(z.object({ id: z.string(), problem: z.string() })) }),
  read: async ({ office }) => {
    const { home } = office.instance.config
    const all = [...pluginFolders('scenarios', home).keys()].map((id) => lineOf(id, home))
    return { scenarios: all.flatMap((one) => ('title' in one ? [one] : [])), broken: all.flatMap((one) => ('problem' in one ? [one] : [])) }
  },
  page: (data) => ({ title: 'Scenarios', template: 'scenarios', view: data }),
})

/** One that has mistakes, be it of somebody else's, keeps nobody from the others. */
function lineOf(id: string, home: string): z.infer<typeof Line> | { id: string; problem: string } {
  try {
    const { scenario, rubric } = loadScenario(id, home)
    const { title, story, job } = scenario
    return { id, title, story, hasJob: job !== undefined, rubric: `${rubric.title}, version ${rubric.version}` }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { id, problem: error.message }
  }
}

const Whole = z.object({
  id: z.string(),
  scenario: z.looseObject({ title: z.string() }),
  rubric: z.looseObject({ title: z.string() }),
  sample: z.string(),
})

/** One story: its parts, phases, questions and rules, and a run.yaml to begin with. */
export const scenarioPage = reading({
  name: 'scenario',
  path: '/scenarios/:scenario',
  summary: 'One scenario, with its rubric and a sample of run.yaml',
  need: 'office',
  query: z.object({}),
  answer: Whole,
  read: async ({ office, params }) => {
    const { home } = office.instance.config
    const folder = pluginFolders('scenarios', home).get(params.scenario!)
    if (folder === undefined) throw new NotAllowedError(404, `There is no scenario '${params.scenario}'.`)
    const { scenario, rubric } = loadScenario(params.scenario!, home)
    return { id: params.scenario!, scenario, rubric, sample: readFileSync(join(folder, 'run.sample.yaml'), 'utf8') }
  },
  page: ({ id, sample }, { office }) => {
    const { scenario, rubric } = loadScenario(id, office.instance.config.home)
    const view = {
      ...{ id, sample },
      story: scenario.story,
      parts: scenario.parts,
      phases: scenario.phases,
      expectations: rubric.expectations.map((one) => ({
        title: one.title,
        category: one.category,
        points: one.points,
        within: durationWords(one.within),
        source: one.source,
      })),
      rubric: `${rubric.title}, version ${rubric.version}`,
      checklist: scenario.checklist.map(({ text }) => text),
    }
    return { title: scenario.title, template: 'scenario', view }
  },
})

/** The same text gives the same plan; nothing is sent. */
export const planAct = acting({
  name: 'plan-run',
  path: '/scenarios/:scenario/plans',
  summary: 'Plans a run from the text of a run.yaml. Nothing is sent',
  need: 'office',
  on: scenarioPage,
  body: z.object({ text: z.string().min(1).max(200_000) }),
  answer: z.object({ run: z.string(), hash: z.string(), notes: z.array(z.string()) }),
  act: async ({ office: { instance }, viewer, body }: Asked<unknown, { text: string }>) => {
    const { request, notes } = await readPlanRequest(instance, { file: 'run.yaml', text: body.text.replaceAll('\r\n', '\n') })
    const plan = planRun(request)
    refuseForeign(viewer, plan)
    await keepPlan(instance, request, { plan, by: viewer.account.name })
    const said = `Planned: ${plan.sites.length} sites. Nothing was sent.${notes.length === 0 ? '' : ` ${notes.join(' ')}`}`
    return { data: { run: plan.id, hash: plan.hash, notes: [...notes] }, said, to: `${pathOfRun(plan.id)}/plan` }
  },
})

function refuseForeign({ account }: Viewer, { sites }: Plan): void {
  if (isCsirt(account)) return
  const own = ngisOf(account)
  const foreign = sites.filter(({ ngi }) => !own.includes(ngi)).map(({ name }) => name)
  if (foreign.length > 0)
    throw new InputError('the run cannot be planned as wished:', [
      `ngis: it chose ${foreign.slice(0, 5).join(', ')}, which are not of ${own.join(', ')}: say ngis: [${own.join(', ')}]`,
    ])
}
