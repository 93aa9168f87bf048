import { z } from 'zod'
import { agreePause } from '../../../app/agree-pause.ts'
import { hearWord } from '../../../app/hear-word.ts'
import { judgeMail } from '../../../app/judge-mail.ts'
import { InputError } from '../../../domain/errors.ts'
import type { Addressee } from '../../../domain/work.ts'
import { type Asked, acting } from '../route.ts'
import { challengePage, siteOf } from './challenge.ts'
import { back, Done, momentOf, none, Words } from './challenge-acts.ts'

export const Judgement = z.object({
  mail: z.string().regex(/^[0-9a-f]{4,64}$/, 'its hash, or how that begins'),
  kind: z.union([none, z.enum(['human', 'automatic', 'bounce'])]).optional(),
  depth: z.union([none, z.enum(['trivial', 'knows', 'investigates'])]).optional(),
  question: z.union([none, z.string().max(100)]).optional(),
  verdict: z.union([none, z.enum(['right', 'partly', 'wrong'])]).optional(),
  why: z.string().trim().max(500).default(''),
})

/** Says what an answer of a site or a party is. */
export async function judge({ office, body, viewer, run }: Asked<unknown, z.infer<typeof Judgement>>, of: Addressee): Promise<string> {
  const { mail, depth, question, verdict, why } = body
  // What somebody shows is told of an answer by a person.
  const kind = body.kind ?? (depth && 'human')
  refuseHalf({ ...(kind && { kind }), ...(depth && { depth }), ...(question && { question }), ...(verdict && { verdict }), why })
  await judgeMail(office.instance, {
    ...{ run: run!.plan.id, of, mail, by: viewer.account.name },
    ...(kind && { kind, ...(depth && { depth }) }),
    ...(question && verdict && { answer: { question, verdict, why } }),
  })
  return 'Your word on it counts. The lights follow from it at once.'
}

/** An officer's word on an answer counts before ours. */
export const judgeAct = acting({
  name: 'judge',
  path: '/runs/:run/sites/:site/judgements',
  summary: 'Says what kind of answer a letter of theirs is, or how it answers a question; your word counts before ours',
  need: { run: 'act' },
  on: challengePage,
  body: Judgement,
  answer: Done,
  act: async (asked) => ({ data: {}, said: await judge(asked, siteOf(asked)), to: back(asked) }),
})

type Judged = { kind?: string; depth?: string; question?: string; verdict?: string; why: string }

function refuseHalf({ kind, depth, question, verdict, why }: Judged): void {
  const isAnswer = question !== undefined || verdict !== undefined
  const problems = [
    ...(kind === undefined && !isAnswer ? ['say what it is, or how it answers a question'] : []),
    ...(depth !== undefined && kind !== 'human' ? ['depth: only a person shows something'] : []),
    ...(isAnswer && (question === undefined || verdict === undefined || why === '')
      ? ['question, verdict and why go together: which question, how it is answered, and why you say so']
      : []),
  ]
  if (problems.length > 0) throw new InputError('nothing was judged:', problems)
}

/** For one site, as it was agreed with it. */
export const agreePauseAct = acting({
  name: 'agree-pause',
  path: '/runs/:run/sites/:site/pauses',
  summary: "Writes down a time for which this site's clocks stand still, as was agreed with it",
  need: { run: 'act' },
  on: challengePage,
  body: z.object({ from: momentOf, until: momentOf, reason: Words }),
  answer: Done,
  act: async (asked) => {
    const { office, body, viewer, run } = asked
    const times = { fromMs: body.from, untilMs: body.until }
    await agreePause(office.instance, {
      run: run!.plan.id,
      site: siteOf(asked).name,
      ...times,
      by: viewer.account.name,
      reason: body.reason,
    })
    return { data: {}, said: 'It is agreed: its clocks stand still for that time.', to: back(asked) }
  },
})

/** Who told the site, besides us. */
export const heardAct = acting({
  name: 'heard-from',
  path: '/runs/:run/sites/:site/words',
  summary: 'Writes down from whom the site heard of the incident, and how',
  need: { run: 'act' },
  on: challengePage,
  body: z.object({
    from: z.string().trim().min(1, 'a site, a party, csirt or unknown').max(100),
    how: z.enum(['mail', 'ticket', 'phone', 'other']).default('other'),
    words: Words,
    happened: z.union([none, momentOf]).optional(),
  }),
  answer: Done,
  act: async (asked) => {
    const { office, body, viewer, run } = asked
    const { from, how, words, happened } = body
    const { startsClocks } = await hearWord(office.instance, {
      ...{ run: run!.plan.id, site: siteOf(asked).name, from, how, words, by: viewer.account.name },
      ...(happened !== undefined && { happenedMs: happened }),
    })
    const clocks = startsClocks ? 'Its clocks begin with the first such word.' : 'Its clocks go by our own alert, as before.'
    return { data: {}, said: `Noted: word reached the site from ${from}. ${clocks}`, to: back(asked) }
  },
})
