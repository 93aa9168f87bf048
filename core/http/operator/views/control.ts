import { z } from 'zod'
import { approveRun } from '../../../app/approve-run.ts'
import { giveConsent, withdrawConsent } from '../../../app/consent-run.ts'
import { freezeRun } from '../../../app/freeze-run.ts'
import { pauseRun, resumeRun } from '../../../app/pause-run.ts'
import { stopRun } from '../../../app/stop-run.ts'
import { InputError } from '../../../domain/errors.ts'
import { openStopFile } from '../../../io/stop-file.ts'
import { launch } from '../../../launching.ts'
import { type Asked, acting } from '../route.ts'
import { boardPage } from './board.ts'
import { pathOfRun } from './board-view.ts'
import { planPage } from './plan.ts'

const Words = z.string().trim().min(1, 'say why').max(500, 'at most 500 characters')
const Done = z.object({})
const nothing = z.object({})

const nameOf = ({ run }: Asked) => run!.plan.id
const byOf = ({ viewer }: Asked) => viewer.account.name

/** The second person's word: never a script's. */
export const approveAct = acting({
  name: 'approve',
  path: '/runs/:run/approvals',
  summary: 'Approves the plan as it stands, by its hash; another person than the planner does it',
  need: { run: 'act' },
  inPerson: true,
  on: planPage,
  body: z.object({ hash: z.string() }),
  answer: z.object({ hash: z.string() }),
  act: async (asked) => {
    const { office, body, run } = asked
    if (body.hash !== run!.plan.hash) throw new InputError('the plan is another one than you looked at. Look at it again.', [])
    const { hash } = await approveRun(office.instance, nameOf(asked), byOf(asked))
    return { data: { hash }, said: 'You approved this plan. It can be launched now.', to: `${pathOfRun(nameOf(asked))}/plan` }
  },
})

export const launchAct = acting({
  name: 'launch',
  path: '/runs/:run/launch',
  summary: 'Sets an approved run in motion; another person than the planner does it',
  need: { run: 'act' },
  inPerson: true,
  on: planPage,
  body: nothing,
  answer: Done,
  act: async (asked) => {
    await launch(asked.office.instance, { run: nameOf(asked), by: byOf(asked) })
    return { data: {}, said: 'It is launched. What falls due is done from now on.', to: pathOfRun(nameOf(asked)) }
  },
})

export const consentAct = acting({
  name: 'consent',
  path: '/runs/:run/consents',
  summary: 'Writes down that a site or an NGI agrees to take part, or does so no longer',
  need: { run: 'act' },
  on: planPage,
  body: z.object({
    of: z.enum(['site', 'ngi']),
    name: z.string().min(1).max(100),
    by: z.string().trim().min(1, 'say who of them said so').max(200),
    given: z.enum(['yes', 'no']),
    reason: z.string().trim().max(500).default(''),
  }),
  answer: z.object({ sites: z.array(z.string()) }),
  act: async (asked) => {
    const { office, body } = asked
    const of = body.of === 'site' ? { site: body.name } : { ngi: body.name }
    const word = { run: nameOf(asked), of, by: body.by, recordedBy: byOf(asked) }
    if (body.given === 'no' && body.reason === '')
      throw new InputError('nothing was written down:', ['reason: say why they take part no longer'])
    const sites = await (body.given === 'yes'
      ? giveConsent(office.instance, word)
      : withdrawConsent(office.instance, { ...word, reason: body.reason }))
    const said = `${body.name} ${body.given === 'yes' ? 'agrees' : 'takes part no longer'}: ${sites.length} ${sites.length === 1 ? 'site' : 'sites'}.`
    return { data: { sites }, said, to: `${pathOfRun(nameOf(asked))}/plan` }
  },
})

export const pauseAct = acting({
  name: 'pause',
  path: '/runs/:run/pause',
  summary: 'Holds a run: nothing new is sent until it goes on',
  need: { run: 'act' },
  on: boardPage,
  body: z.object({ reason: Words }),
  answer: Done,
  act: async (asked) => {
    await pauseRun(asked.office.instance, { run: nameOf(asked), by: byOf(asked), reason: asked.body.reason, because: 'officer' })
    return { data: {}, said: 'The run is held. What falls due meanwhile waits for your word.', to: pathOfRun(nameOf(asked)) }
  },
})

export const resumeAct = acting({
  name: 'resume',
  path: '/runs/:run/resume',
  summary: 'Goes on with a paused run',
  need: { run: 'act' },
  on: boardPage,
  body: z.object({ reason: Words }),
  answer: z.object({ held: z.number().int() }),
  act: async (asked) => {
    const held = await resumeRun(asked.office.instance, { run: nameOf(asked), by: byOf(asked), reason: asked.body.reason })
    const path = pathOfRun(nameOf(asked))
    if (held.length === 0) return { data: { held: 0 }, said: 'It goes on. Nothing fell into the pause.', to: path }
    const waits = held.length === 1 ? 'One piece of work' : `${held.length} pieces of work`
    const said = `It goes on. ${waits} fell into the pause: decide here what becomes of it.`
    return { data: { held: held.length }, said, to: `${path}/held` }
  },
})

export const freezeAct = acting({
  name: 'no-drill',
  path: '/runs/:run/no-drill',
  summary: 'A real incident comes first: freezes the run, and tells every site that knows of it, by mail',
  need: { run: 'act' },
  on: boardPage,
  body: z.object({ reason: Words, sure: z.literal('yes', 'tick the box: the sites are told by mail, with your words') }),
  answer: z.object({ told: z.number().int() }),
  act: async (asked) => {
    const { told } = await freezeRun(asked.office.instance, { run: nameOf(asked), by: byOf(asked), reason: asked.body.reason })
    const said = `Frozen. ${told} ${told === 1 ? 'site is' : 'sites are'} told by mail; nothing else is sent.`
    return { data: { told }, said, to: pathOfRun(nameOf(asked)) }
  },
})

/** The word is in the file first, which holds without the store. */
export const stopAct = acting({
  name: 'stop',
  path: '/runs/:run/stop',
  summary: 'Full stop, for good: nothing more is sent, every agent is told to stop, every job is cancelled',
  need: { run: 'act' },
  on: boardPage,
  body: z.object({ reason: Words, sure: z.literal('yes', 'tick the box: a stop is for good') }),
  answer: z.object({ agents: z.number().int() }),
  act: async (asked) => {
    const { instance } = asked.office
    const word = { run: nameOf(asked), by: byOf(asked), reason: asked.body.reason }
    openStopFile(instance.config.home).add({ ...word, at: new Date(instance.clock.wall()).toISOString() })
    const { agents } = await stopRun(instance, word)
    return {
      data: { agents },
      said: `Stopped for good. ${agents} agents have not said farewell yet.`,
      to: `${pathOfRun(nameOf(asked))}/stop`,
    }
  },
})
