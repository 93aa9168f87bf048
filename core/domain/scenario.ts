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

const Id = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'small letters, digits and dashes, beginning with a letter')
const Words = z.string().min(1).max(2000)

/** What runs at a site: absent in a scenario that sends no job. */
export const MockIncident = z
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
  })
export type MockIncident = z.infer<typeof MockIncident>

/** Who takes part, and what they do: for those who read the plan. */
const Part = z.strictObject({ who: Words, does: Words })

/** A stretch of the story. Times are counted from the launch, or from a site's alert; those before have a minus, for example -14d. */
const Phase = z.strictObject({
  id: Id,
  title: Words,
  counted: z.enum(['launch', 'alert']).default('alert'),
  from: z.string().regex(/^-?\d{1,6}[smhd]$/, 'a duration is a whole number and s, m, h or d, for example 4h or -14d'),
  until: z.string().regex(/^-?\d{1,6}[smhd]$/, 'a duration is a whole number and s, m, h or d, for example 4h or -14d'),
  what: Words,
})

/**
 * What a right answer names: one of the facts that we know of the site's own challenge, or a text that is the same everywhere.
 * Every item of the key counts alike.
 */
export const KeyItem = z.union([
  z.strictObject({ fact: z.enum(['identity', 'pilot', 'label', 'native-id', 'host', 'address', 'name']) }),
  z.strictObject({ anyOf: z.array(z.string().min(2).max(200)).min(1).max(20) }),
])
export type KeyItem = z.infer<typeof KeyItem>

/** A question that the framework asks each site so long after its alert. Without a key a person judges the answer. */
export const Question = z.strictObject({
  id: Id,
  title: z.string().min(1).max(120),
  /** From 1, easy, to 5. */
  difficulty: z.number().int().min(1).max(5),
  after: Duration,
  text: Words,
  key: z.array(KeyItem).max(10).default([]),
  /** For officers: what a good answer tells and how it can be found. */
  solution: Words,
})
export type Question = z.infer<typeof Question>

/** What an officer does by hand, in order. `when` names a phase. */
const Step = z.strictObject({ id: Id, when: Id, text: Words, command: z.string().min(1).max(300).exactOptional() })

/** The story of a challenge as data: `scenarios/<id>/scenario.yaml`. */
const ScenarioShape = z.strictObject({
  id: z.string(),
  title: z.string(),
  story: z.string(),
  /** File name of the rubric, beside it. */
  rubric: z.string(),
  parts: z.array(Part).max(20).default([]),
  phases: z.array(Phase).max(20).default([]),
  job: MockIncident.exactOptional(),
  /** `one`: a single small site is alerted, and the clocks of the others begin when word reached them. */
  alert: z.enum(['all', 'one']).default('all'),
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
  questions: z.array(Question).max(20).default([]),
  checklist: z.array(Step).max(60).default([]),
  /** How long after the window of the run it ends: so long at least a site has after its alert. */
  endAfter: Duration,
})
export const Scenario = ScenarioShape.superRefine(({ phases, questions, checklist }, ctx) => {
  const wrong = (path: (string | number)[], message: string) => ctx.addIssue({ code: 'custom', path, message })
  for (const [name, list] of Object.entries({ phases, questions, checklist }))
    for (const [i, { id }] of list.entries())
      if (list.findIndex((one) => one.id === id) < i) wrong([name, i, 'id'], `'${id}' is there twice`)
  for (const [i, { when }] of checklist.entries())
    if (!phases.some((phase) => phase.id === when)) wrong(['checklist', i, 'when'], `there is no phase '${when}'`)
})
export type Scenario = z.infer<typeof Scenario>
