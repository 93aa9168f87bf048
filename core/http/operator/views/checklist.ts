import { z } from 'zod'
import { tickStep } from '../../../app/tick-step.ts'
import { may } from '../../../domain/account.ts'
import { checklistOf } from '../../../domain/checklist.ts'
import { plainLine } from '../../../domain/text.ts'
import { acting, reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'
import { pageFor } from './step-page.ts'

const Step = z.object({
  id: z.string(),
  text: z.string(),
  command: z.string().optional(),
  tick: z.object({ by: z.string(), at: z.number(), note: z.string() }).optional(),
})

/** What officers do by hand. */
export const checklistPage = reading({
  name: 'checklist',
  path: '/runs/:run/checklist',
  summary: 'What officers do by hand in a run, phase by phase, and who did it when',
  need: { run: 'read' },
  query: z.object({}),
  answer: z.object({ run: z.string(), phases: z.array(z.object({ id: z.string(), title: z.string(), steps: z.array(Step) })) }),
  read: async ({ run }) => ({
    run: run!.plan.id,
    phases: checklistOf(run!.scenario, { run: run!.plan.id, ticks: run!.ticks }),
  }),
  page: ({ run, phases }, { run: state, viewer }) => {
    const steps = phases.flatMap((phase) => phase.steps)
    return {
      title: `Checklist: ${run}`,
      template: 'checklist',
      view: {
        ...{ run, runPath: pathOfRun(run), of: steps.length, done: steps.filter(({ tick }) => tick !== undefined).length },
        mayTick: may(viewer.account, 'act', { ngis: state!.plan.sites.map(({ ngi }) => ngi) }),
        phases: phases.map(({ title, ...phase }) => ({
          title,
          steps: phase.steps.map(({ id, text, command = '', tick }) => ({
            ...{ id, text, command, tick: tick ?? false },
            page: pageFor(command, run) ?? false,
          })),
        })),
      },
    }
  },
})

export const tickAct = acting({
  name: 'tick',
  path: '/runs/:run/checklist',
  summary: 'Ticks a step of the checklist off, or takes the tick back',
  need: { run: 'act' },
  on: checklistPage,
  body: z.object({
    step: z.string().min(1).max(50),
    done: z.enum(['yes', 'no']),
    note: z.string().trim().max(500, 'at most 500 characters').default(''),
  }),
  answer: z.object({}),
  act: async ({ office, run, viewer, body: { step, done, note } }) => {
    const name = run!.plan.id
    await tickStep(office.instance, { run: name, step, done: done === 'yes', by: viewer.account.name, note: plainLine(note, 500) })
    const said = done === 'yes' ? `Done: ${step}.` : `The tick of ${step} is taken back.`
    return { data: {}, said, to: `${pathOfRun(name)}/checklist#${step}` }
  },
})
