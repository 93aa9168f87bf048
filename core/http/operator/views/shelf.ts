import { z } from 'zod'
import { readDetails } from '../../../app/keep-mail.ts'
import { dismissMail, readShelves, sortMail } from '../../../app/sort-mail.ts'
import { readRunState } from '../../../app/view.ts'
import { InputError } from '../../../domain/errors.ts'
import { plainLine } from '../../../domain/text.ts'
import { acting, type Office, reading } from '../route.ts'

/** A flood of spam fills no page. */
const MOST_ROWS = 100
const MOST_TEXT = 4_000

const Mail = z.object({
  hash: z.string(),
  shelf: z.enum(['corrupt', 'to-sort', 'spam']),
  at: z.number(),
  because: z.string(),
  from: z.string().nullable(),
  subject: z.string().nullable(),
  text: z.string().nullable(),
  proposals: z.array(z.object({ run: z.string(), site: z.string(), because: z.string() })),
})

/** Mails that belong to no challenge, or that nobody could read. */
export const shelfPage = reading({
  name: 'shelf',
  path: '/shelf',
  summary: 'Mails that could not be matched, or not be read, and those held to be spam',
  need: 'instance',
  query: z.object({ shelf: z.union([z.literal(''), z.enum(['corrupt', 'to-sort', 'spam'])]).optional() }),
  answer: z.object({
    count: z.number().int(),
    mails: z.array(Mail),
    runs: z.array(z.object({ run: z.string(), sites: z.array(z.string()) })),
  }),
  read: async ({ office: { instance }, query: { shelf = '' } }) => {
    const all = (await readShelves(instance)).filter((one) => shelf === '' || one.shelf === shelf)
    const mails = all.slice(0, MOST_ROWS).map(async ({ contentHash, detailsHash, at, because, proposals, ...one }) => {
      const details = await readDetails(instance, detailsHash)
      const told =
        details === undefined
          ? { from: null, subject: null, text: null }
          : { from: details.from, subject: details.subject, text: details.text.slice(0, MOST_TEXT) }
      return { hash: contentHash, shelf: one.shelf, at, because, ...told, proposals: [...proposals] }
    })
    return { count: all.length, mails: await Promise.all(mails), runs: await openRuns(instance) }
  },
  page: ({ count, mails, runs }, { query }) => ({
    title: 'Mails to sort',
    template: 'shelf',
    view: {
      count,
      more: Math.max(0, count - mails.length),
      chosen: query.shelf ?? '',
      mails: mails.map((one) => ({
        ...one,
        from: plainLine(one.from ?? 'nobody could read it', 100),
        subject: plainLine(one.subject ?? '', 150) || 'without a subject',
        text: one.text ?? '',
        proposals: one.proposals.map((proposal) => ({ ...proposal, value: `${proposal.run} ${proposal.site}` })),
        others: runs.flatMap(({ run, sites }) => sites.map((site) => `${run} ${site}`)),
      })),
    },
  }),
})

/** Where a mail can belong. */
async function openRuns({ store }: Office['instance']): Promise<{ run: string; sites: string[] }[]> {
  const states = await Promise.all((await store.listRuns()).map(({ run }) => readRunState(store, run)))
  return states
    .filter(({ launchedMs }) => launchedMs !== undefined)
    .map(({ plan }) => ({ run: plan.id, sites: plan.sites.map(({ name }) => name) }))
}

export const sortAct = acting({
  name: 'sort-mail',
  path: '/shelf/:hash',
  summary: 'Puts a mail to a challenge, from when it came; or takes it off the shelf',
  need: 'instance',
  on: shelfPage,
  body: z.object({ to: z.string().max(300).default(''), dismiss: z.string().trim().max(500).default('') }),
  answer: z.object({}),
  act: async ({ office: { instance }, params, viewer, body: { to, dismiss } }) => {
    const by = viewer.account.name
    if ((to === '') === (dismiss === ''))
      throw new InputError('nothing was sorted:', ['say either to which site it belongs, or why it belongs to none'])
    if (dismiss !== '') await dismissMail(instance, params.hash!, { by, why: dismiss })
    else {
      const [run = '', site = ''] = to.split(' ')
      await sortMail(instance, { contentHash: params.hash!, run, site, by })
    }
    return { data: {}, said: dismiss === '' ? `It belongs to ${to}.` : 'It is off the shelf.', to: '/shelf' }
  },
})
