import { z } from 'zod'
import { Duration } from './run.ts'
import { Action, Order } from './task.ts'

/** What an agent may leave behind for those who investigate; a full stop takes it away. */
export const Trace = z.enum(['marker'])
export type Trace = z.infer<typeof Trace>

/** `{ after: 10m, do: mark, number: 1 }` */
const Task = z
  .strictObject({ after: Duration, do: Action, number: z.number().int().exactOptional() })
  .superRefine(({ after: _, ...order }, ctx) => {
    for (const { path, message } of Order.safeParse(order).error?.issues ?? []) ctx.addIssue({ code: 'custom', path: [...path], message })
  })

/** The story of a challenge as data: `scenarios/<id>/scenario.yaml`. */
export const Scenario = z.strictObject({
  id: z.string(),
  title: z.string(),
  story: z.string(),
  /** File name of the rubric, beside it. */
  rubric: z.string(),
  job: z
    .strictObject({
      heartbeatEvery: Duration,
      silenceEnds: Duration,
      lateAfter: Duration,
      lostAfter: Duration,
      /** Sleeping children from the start on. */
      children: z.number().int().min(0).max(10).default(1),
      /** What the agents may be told, by the tasks below or by an officer. */
      actions: z.array(Action).default([]),
      /** What they are told, and how long after they were first seen. */
      tasks: z.array(Task).max(20).default([]),
      traces: z.array(Trace).default([]),
    })
    .superRefine(({ actions, tasks }, ctx) => {
      for (const [i, task] of tasks.entries())
        if (!actions.includes(task.do))
          ctx.addIssue({ code: 'custom', path: ['tasks', i, 'do'], message: `'${task.do}' is not among the scenario's actions` })
    }),
  /** How often access and the jobs' states are looked at: so often for so long after an alert, and then more rarely. */
  watch: z
    .strictObject({ every: Duration, for: Duration, later: Duration })
    .refine(({ every, for: close, later }) => later >= every && later % every === 0 && close / every <= 1000, {
      error: 'later is a multiple of every, and there are at most 1000 rounds of the first kind',
    }),
  /** After the alert, in the site's working hours; what is left out is not sent. */
  mails: z.strictObject({
    /** Thanks for the first answer by a person, and what comes next. */
    acknowledge: z.boolean().default(true),
    /** When nobody has answered: to the site, and then to its management and its NGI. */
    remindAfter: Duration,
    escalateAfter: Duration.exactOptional(),
    /** Asks for the common report. */
    reportAfter: Duration,
    closeAfter: Duration.exactOptional(),
    /** How long an officer's question may take, in working time. */
    answerWithin: Duration.default(4 * 3_600_000),
    /** The VO, the CA and the NRENs are told of the compromised identity so long after the launch. */
    notifyAfter: Duration.exactOptional(),
  }),
  /** How long after the alert the run ends. */
  endAfter: Duration,
})
export type Scenario = z.infer<typeof Scenario>
