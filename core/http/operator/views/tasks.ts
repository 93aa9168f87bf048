import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { orderTask } from '../../../app/order-task.ts'
import { BoardRow, inOrder } from '../../../domain/board-row.ts'
import { InputError } from '../../../domain/errors.ts'
import { Action, allowedActions, catalogue, orderWords } from '../../../domain/task.ts'
import { type Asked, acting, reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'
import { none } from './challenge-acts.ts'

const Choice = z.object({ do: Action, least: z.number().int().optional(), most: z.number().int().optional() })
type Choice = z.infer<typeof Choice>
const Tasks = z.object({
  run: z.string(),
  /** What the scenario declared; `least` and `most` where an action takes a number. */
  actions: z.array(Choice),
  sites: z.array(z.object({ site: z.string(), agent: BoardRow.shape.agent })),
})

/** What the agents of a run can be told. */
export const tasksPage = reading({
  name: 'tasks',
  path: '/runs/:run/tasks',
  summary: 'What the agents of a run can be told, and how they are',
  need: { run: 'act' },
  query: z.object({}),
  answer: Tasks,
  read: async ({ office, run }) => {
    const { plan, scenario } = run!
    const { rows } = await office.boards.read(plan.id)
    const actions: Choice[] =
      scenario.job === undefined ? [] : allowedActions(scenario.job.actions).map((one) => ({ do: one, ...catalogue[one] }))
    return { run: plan.id, actions, sites: inOrder(rows, 'site').map(({ site, agent }) => ({ site, agent })) }
  },
  page: ({ run, actions, sites }, asked) => ({
    title: `Agents: ${run}`,
    template: 'tasks',
    view: {
      ...{ run, runPath: pathOfRun(run), sites, once: randomBytes(8).toString('hex'), closed: closedBy(asked) },
      actions: actions.map(({ do: name, least = 0, most = 0 }) => ({ name, does: does[name], least, most })),
    },
  }),
})

const does: Record<Action, string> = {
  idle: 'nothing: a sign of life',
  report: 'tells its host, user id, batch job, folder and time',
  mark: 'lays a marker file into the folder of its job',
  spawn: 'starts children that sleep until the end, under a telling name',
  contact: "asks one of the exercise's own addresses for something, once",
  load: 'keeps one processor busy for so many seconds, at the lowest priority',
  'move-listener': 'reports to another one of our addresses from now on',
  stop: 'ends, for good',
}

function closedBy({ run }: Asked): string {
  if (run!.scenario.job === undefined) return 'Its scenario sends no job, so there is no agent to tell.'
  if (run!.launchedMs === undefined) return 'It is not launched yet, so no agent runs.'
  if (run!.stopped !== undefined) return 'It was stopped: its agents are told nothing else any more.'
  return run!.endedMs === undefined ? '' : 'It has ended.'
}

const Site = z.string().min(1).max(100)

/** `once`: the same order on the same form is one order, however often it is sent. */
export const orderTaskAct = acting({
  name: 'order-task',
  path: '/runs/:run/tasks',
  summary: 'Has agents do something from the closed catalogue that the scenario declared; told at their next heartbeat',
  need: { run: 'act' },
  on: tasksPage,
  body: z.object({
    do: Action,
    number: z.union([none, z.coerce.number('number: give a whole number').int()]).optional(),
    sites: z.union([Site.transform((site) => [site]), z.array(Site).max(5_000)]).default([]),
    all: z.literal('yes').optional(),
    once: z
      .string()
      .regex(/^[0-9a-f]{16}$/, '16 digits, 0 to f')
      .optional(),
  }),
  answer: z.object({ told: z.number().int() }),
  act: async ({ office: { instance }, run, viewer, body }) => {
    const { do: action, number, all, once = randomBytes(8).toString('hex') } = body
    const { plan } = run!
    const sites = all === 'yes' ? plan.sites.map(({ name }) => name) : [...new Set(body.sites)].sort()
    if (sites.length === 0) throw new InputError('nobody was told:', ['sites: tick those whose agents are told, or all of them'])
    const order = { do: action, ...(number !== undefined && { number }) }
    const id = instance.sha256(JSON.stringify([once, order, sites])).slice(0, 16)
    const told = await orderTask(instance, { run: plan.id, sites, order, by: viewer.account.name, id })
    const said = `Ordered: ${orderWords(order)}, at ${told} ${told === 1 ? 'site' : 'sites'}. Each agent is told at its next heartbeat.`
    return { data: { told }, said, to: `${pathOfRun(plan.id)}/tasks` }
  },
})
