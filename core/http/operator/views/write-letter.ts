import { z } from 'zod'
import { aboutOf, namedIn, nameOf, usualRole } from '../../../addressees.ts'
import { byHandKinds, orderLetter } from '../../../app/order-letter.ts'
import { mailKinds, traitsOf } from '../../../domain/mail.ts'
import { orderedBefore, rowOf, tryOrder, type Wished } from '../../../letter-orders.ts'
import { previewLetter } from '../../../letter-preview.ts'
import { orderId, textProblems } from '../../../letter-words.ts'
import { type Asked, acting, reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'

/** It stands in the address of the preview, which bounds it: what is longer goes by `ssc mail send --text-file`. */
const MOST_WORDS = 3_000

const Words = z
  .string()
  .transform((text) => text.replaceAll('\r\n', '\n').trim())
  .pipe(z.string().max(MOST_WORDS, `at most ${MOST_WORDS} characters; a longer text goes with ssc mail send --text-file`))
const Wish = z.object({ kind: z.enum(mailKinds), to: z.string().trim().min(1, 'say to whom').max(2_000), text: Words.default('') })
type Wish = z.infer<typeof Wish>

const Preview = z.object({
  to: z.array(z.object({ who: z.string(), role: z.string(), address: z.string(), isBefore: z.boolean() })),
  /** The bytes of the first one as they would go out now. */
  bytes: z.string(),
})

/** A letter is looked at before it is ordered: who gets it, and its very bytes. */
export const writeLetterPage = reading({
  name: 'write-letter',
  path: '/runs/:run/letters/write',
  summary: 'A letter as it would go out now, and to whom; nothing is sent. `to` as in `ssc mail send`: site:NAME, party:ID, all-sites, ...',
  need: { run: 'act' },
  query: Wish.partial(),
  answer: z.object({ run: z.string(), preview: Preview.optional() }),
  read: async (asked) => {
    const run = asked.run!.plan.id
    const { kind, to } = asked.query
    if (kind === undefined || to === undefined) return { run }
    return { run, preview: await previewOf(asked, { kind, to, text: asked.query.text ?? '' }) }
  },
  page: ({ run, preview }, { query: { kind = '', to = '', text = '' }, run: state }) => ({
    title: `Write a letter: ${run}`,
    template: 'write-letter',
    view: {
      ...{ run, runPath: pathOfRun(run), kind, to, text, mostWords: MOST_WORDS },
      kinds: byHandKinds().map((one) => ({ kind: one, needsWords: traitsOf(one).needsWords === true })),
      whom: ['all-sites', 'all-parties', ...[...state!.plan.sites, ...state!.plan.parties].map(wordFor)],
      preview: preview === undefined ? false : { ...preview, fresh: preview.to.filter(({ isBefore }) => !isBefore).length },
    },
  }),
})

function wordFor(one: Parameters<typeof aboutOf>[0]): string {
  return Object.entries(aboutOf(one))
    .map(([of, name]) => `${of}:${name}`)
    .join()
}

type Letter = Wished & { id: string; fresh: Wished['to'] }

/** As `ssc mail send` has it: all that is wrong at once, and the same order of one day once. */
async function letterOf({ office: { instance }, run, viewer }: Asked, { kind, to: words, text }: Wish): Promise<Letter> {
  const { to, problems } = namedIn(run!, words.split(/[\s,]+/).filter(Boolean), kind)
  const of = { mail: kind, role: usualRole(kind), text }
  const id = orderId({ sha256: instance.sha256, now: instance.clock.now() }, of)
  const wish = { run: run!.plan.id, ...of, by: viewer.account.name, id }
  await tryOrder(instance, wish, { to, problems: [...problems, ...textProblems(text)] })
  const before = await orderedBefore(instance, run!, { wish, to, again: false })
  return { wish, to, problems: [], id, fresh: to.filter((one) => !before.has(nameOf(one))) }
}

async function previewOf(asked: Asked, wish: Wish): Promise<z.infer<typeof Preview>> {
  const { wish: order, to, fresh } = await letterOf(asked, wish)
  const { instance, log } = asked.office
  const bytes = await previewLetter({ instance, log }, asked.run!, {
    kind: wish.kind,
    text: wish.text,
    role: order.role,
    ...aboutOf(to[0]!),
  })
  const rows = to.map((one) => ({ ...rowOf(asked.run!, one, order), isBefore: !fresh.includes(one) }))
  // What we compose is ASCII (RFC 5322, RFC 2045): as text it is the same bytes.
  return { to: rows, bytes: Buffer.from(bytes).toString('latin1') }
}

/** The second step: what was looked at is ordered. */
export const orderLetterAct = acting({
  name: 'order-letter',
  path: '/runs/:run/letters',
  summary: 'Orders a letter to those that `to` names, as `ssc mail send`; the same words to the same addressee go once a day',
  need: { run: 'act' },
  on: writeLetterPage,
  body: Wish,
  answer: z.object({ ordered: z.array(z.string()) }),
  act: async (asked) => {
    const { wish, to, fresh } = await letterOf(asked, asked.body)
    if (fresh.length > 0) await orderLetter(asked.office.instance, wish, fresh)
    const before = to.length - fresh.length
    const said = `${fresh.length} ${fresh.length === 1 ? 'letter is' : 'letters are'} ordered.${before > 0 ? ` ${before} had the very same order of today already.` : ''}`
    return { data: { ordered: fresh.map(nameOf) }, said, to: `${pathOfRun(wish.run)}/letters` }
  },
})
