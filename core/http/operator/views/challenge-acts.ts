import { z } from 'zod'
import { answerAppeal, findAppeal } from '../../../app/answer-appeal.ts'
import { noteRun } from '../../../app/note-run.ts'
import { overrideScore } from '../../../app/override-score.ts'
import type { Fulfils } from '../../../domain/event.ts'
import type { Addressee } from '../../../domain/work.ts'
import { NotAllowedError } from '../errors.ts'
import { type Asked, acting } from '../route.ts'
import { pathOfRun } from './board-view.ts'
import { challengePage, siteOf } from './challenge.ts'
import { meanings } from './score-view.ts'

export const Words = z.string().trim().min(1, 'say it in some words').max(500, 'at most 500 characters')
export const Done = z.object({})
export const none = z.literal('').transform(() => undefined)

/** As people write it in a form, in ms since 1970: seconds can be left out, and without a zone it is UTC, as the hint beside the field says. */
export const momentOf = z
  .string()
  .max(40)
  .transform((text) =>
    text
      .trim()
      .replace(/(T\d\d:\d\d)(?=$|Z|[+-])/, '$1:00')
      .replace(/(T[\d:.]+)$/, '$1Z'),
  )
  .pipe(z.iso.datetime({ offset: true, message: 'give a date and a time, for example 2027-01-11T10:30Z' }))
  .transform((text) => Date.parse(text))

export function back({ run, params }: Asked): string {
  return `${pathOfRun(run!.plan.id)}/sites/${encodeURIComponent(params.site!)}`
}

export const Note = z.object({
  text: Words,
  fulfils: z.union([none, z.enum(Object.keys(meanings) as [Fulfils, ...Fulfils[]])]).optional(),
  happened: z.union([none, momentOf]).optional(),
})

/** Puts a note on a site or a party into the log. */
export async function note(asked: Asked<unknown, z.infer<typeof Note>>, of: { site: string } | { party: string }): Promise<string> {
  const { office, body, viewer, run } = asked
  const { text, fulfils, happened } = body
  const about = { ...(fulfils && { fulfils }), ...(happened !== undefined && { happenedMs: happened }) }
  await noteRun(office.instance, { run: run!.plan.id, ...of, by: viewer.account.name, text, ...about })
  return 'Your note is in the log.'
}

/** An officer's word becomes evidence. */
export const noteAct = acting({
  name: 'note',
  path: '/runs/:run/sites/:site/notes',
  summary: 'Puts a word of yours into the log of a challenge: a phone call is evidence, too',
  need: { run: 'act' },
  on: challengePage,
  body: Note,
  answer: Done,
  act: async (asked) => ({ data: {}, said: await note(asked, { site: siteOf(asked).name }), to: back(asked) }),
})

/** `seen`: how many verdicts on it the officer has looked at. */
export const Verdict = z.object({
  expectation: z.string().max(100),
  light: z.enum(['green', 'amber', 'red', 'grey']),
  points: z.union([none, z.coerce.number('points: give a number')]).optional(),
  reason: Words,
  seen: z.coerce.number().int().nonnegative(),
})

/** Decides on a light of a site or a party; what it is now, in words. */
export async function decide({ office, body, viewer, run }: Asked<unknown, z.infer<typeof Verdict>>, of: Addressee): Promise<string> {
  const { points, ...wish } = body
  const { after } = await overrideScore(office.instance, {
    ...{ run: run!.plan.id, of, by: viewer.account.name },
    ...wish,
    ...(points !== undefined && { points }),
  })
  return `${after.title}: ${after.light} now.`
}

/** An officer's verdict in the place of the rubric's. */
export const overrideAct = acting({
  name: 'override',
  path: '/runs/:run/sites/:site/verdicts',
  summary: "Puts your verdict on a light in the place of the rubric's; both stay visible",
  need: { run: 'act' },
  on: challengePage,
  body: Verdict,
  answer: Done,
  act: async (asked) => ({ data: {}, said: await decide(asked, siteOf(asked)), to: back(asked) }),
})

/** The site reads it on its page; the light stays as it is. */
export const appealAct = acting({
  name: 'answer-appeal',
  path: '/runs/:run/sites/:site/appeals/:appeal',
  summary: 'Answers an appeal; the light stays as it is until you decide on it',
  need: { run: 'act' },
  on: challengePage,
  body: z.object({ answer: z.enum(['granted', 'declined']), words: Words }),
  answer: Done,
  act: async (asked) => {
    const { office, body, viewer, run, params } = asked
    const site = siteOf(asked)
    const found = await findAppeal(office.instance, run!.plan.id, params.appeal!)
    if (found.site !== site.name) throw new NotAllowedError(404, `${site.name} made no such appeal.`)
    const answer = { granted: body.answer === 'granted', words: body.words, by: viewer.account.name }
    await answerAppeal(office.instance, { run: run!.plan.id, appeal: found.appeal, ...answer })
    return { data: {}, said: `The appeal is ${body.answer}.`, to: back(asked) }
  },
})
