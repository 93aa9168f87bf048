import { z } from 'zod'
import { nameOf } from '../../../addressees.ts'
import { resendFailed } from '../../../app/order-letter.ts'
import { may, seesNgi } from '../../../domain/account.ts'
import { mailKinds, letters as titles } from '../../../domain/mail.ts'
import { letterWords } from '../../../domain/mail-words.ts'
import { plainLine } from '../../../domain/text.ts'
import type { Addressee, PlannedRun } from '../../../domain/work.ts'
import { failedStates, type LetterRow, letterRows, letterStates } from '../../../letter-rows.ts'
import { type Asked, acting, reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'
import { PAGE } from './log.ts'

const count = z.number().int()
const Letter = z.object({
  who: z.string(),
  mail: z.string(),
  letter: z.string(),
  role: z.string(),
  address: z.string(),
  state: z.enum(letterStates),
  at: z.number(),
  words: z.string(),
  answers: z.object({ human: count, automatic: count, bounce: count }),
})

/** What became of all that was written. */
export const lettersPage = reading({
  name: 'letters',
  path: '/runs/:run/letters',
  summary:
    'All letters of a run with what became of them, and how many answered; `show=failed`: those that did not arrive, or may not have',
  need: { run: 'read' },
  query: z.object({
    show: z.union([z.literal(''), z.literal('failed')]).default(''),
    kind: z.union([z.literal(''), z.enum(mailKinds)]).default(''),
    find: z.string().max(100).default(''),
    page: z.coerce.number().int().min(1).max(10_000).default(1),
  }),
  answer: z.object({ run: z.string(), count, failed: count, letters: z.array(Letter) }),
  read: async (asked) => {
    const { office, run, query } = asked
    const all = await letterRows(office.instance.store, run!, addresseesFor(asked))
    const failed = all.filter(({ state }) => failedStates.includes(state))
    const part = query.find.trim().toLowerCase()
    const letters = (query.show === 'failed' ? failed : all)
      .filter(({ mail }) => query.kind === '' || mail === query.kind)
      .filter(({ who, address }) => `${who} ${address}`.toLowerCase().includes(part))
    return { run: run!.plan.id, count: all.length, failed: failed.length, letters }
  },
  // A page shows a part; who asks for data gets all.
  page: ({ run, count, failed, letters }, asked) => ({
    title: `Letters: ${run}`,
    template: 'letters',
    view: {
      ...{ run, runPath: pathOfRun(run), count, failed, isFailed: asked.query.show === 'failed' },
      mayWrite: may(asked.viewer.account, 'act', { ngis: asked.run!.plan.sites.map(({ ngi }) => ngi) }),
      ...{ shown: letters.length, find: asked.query.find, kind: asked.query.kind },
      kinds: mailKinds.map((kind) => ({ kind, title: titles[kind].title })),
      ...turnsOf(asked.query, { path: `${pathOfRun(run)}/letters`, count: letters.length }),
      letters: letters.slice((asked.query.page - 1) * PAGE, asked.query.page * PAGE).map((row) => rowView(row as LetterRow, asked)),
    },
  }),
})

type Query = { show: string; kind: string; find: string; page: number }

function turnsOf({ show, kind, find, page }: Query, { path, count: found }: { path: string; count: number }): object {
  const to = (n: number) => `${path}?${new URLSearchParams({ show, kind, find, page: String(n) })}`
  return { newer: page > 1 ? to(page - 1) : '', older: page * PAGE < found ? to(page + 1) : '' }
}

/** What is unsure may have gone out: only a person who asked the other side can know. */
export const resendAct = acting({
  name: 'resend',
  path: '/runs/:run/letters/resend',
  summary: 'Sends once more what was refused or came back; with `unsure` also what may have gone out',
  need: { run: 'act' },
  on: lettersPage,
  body: z.object({ unsure: z.literal('yes').optional() }),
  answer: z.object({ resent: z.array(z.object({ who: z.string(), letter: z.string(), was: z.string() })) }),
  act: async ({ office, run, viewer, body }) => {
    const name = run!.plan.id
    const resent = await resendFailed(office.instance, { run: name, by: viewer.account.name, unsure: body.unsure === 'yes' })
    const said =
      resent.length === 0
        ? 'Nothing failed for sure: nothing is sent again.'
        : `${resent.length} go once more, to the addresses of the plan.`
    return { data: { resent }, said, to: `${pathOfRun(name)}/letters` }
  },
})

/** The parties are the whole run's: those see them who see all of it. */
function addresseesFor({ run, viewer: { account } }: Asked): Addressee[] {
  const { sites, parties } = run!.plan
  const own = sites.filter(({ ngi }) => seesNgi(account, ngi))
  return own.length === sites.length ? [...own, ...parties] : own
}

function pathOf({ plan: { id, sites } }: PlannedRun, who: string): string {
  const room = sites.some((one) => nameOf(one) === who) ? 'sites' : 'parties'
  return `${pathOfRun(id)}/${room}/${encodeURIComponent(who)}`
}

function rowView(row: LetterRow, { run }: Asked): object {
  const { human, automatic, bounce } = row.answers
  const answers = [
    ...(human > 0 ? [`${human} by people`] : []),
    ...(automatic > 0 ? [`${automatic} automatic`] : []),
    ...(bounce > 0 ? [`${bounce} undeliverable`] : []),
  ]
  return {
    ...{ who: row.who, address: row.address, state: row.state, at: row.at },
    path: pathOf(run!, row.who),
    what: letterWords(row),
    calls: failedStates.includes(row.state),
    words: plainLine(row.words, 300),
    answers: answers.join(', '),
  }
}
