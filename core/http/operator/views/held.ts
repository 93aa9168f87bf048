import { z } from 'zod'
import { decideHeld, heldWork } from '../../../app/pause-run.ts'
import { may } from '../../../domain/account.ts'
import { InputError } from '../../../domain/errors.ts'
import { pausedBy } from '../../../domain/run-state.ts'
import { heldRow } from '../../../held-rows.ts'
import { type Asked, acting, reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'
import { sitesSeen } from './sites-seen.ts'

const Work = z.object({
  id: z.string(),
  kind: z.string(),
  what: z.string(),
  due: z.number(),
  site: z.string().optional(),
  party: z.string().optional(),
})
const HeldData = z.object({ run: z.string(), isPaused: z.boolean(), work: z.array(Work) })

/** What fell into a pause, or met a limit. */
export const heldPage = reading({
  name: 'held',
  path: '/runs/:run/held',
  summary: "Work that fell into a pause or met a limit, and waits for an officer's decision",
  need: { run: 'read' },
  query: z.object({}),
  answer: HeldData,
  read: async (asked) => {
    const { plan } = asked.run!
    const { names, isAll } = sitesSeen(asked)
    const work = (await heldWork(asked.office.instance, plan.id)).map(heldRow)
    const own = work.filter(({ site }) => (site === undefined ? isAll : names.has(site)))
    return { run: plan.id, isPaused: pausedBy(asked.run!) !== undefined, work: own }
  },
  page: ({ run, isPaused, work }, asked) => ({
    title: `Held: ${run}`,
    template: 'held',
    view: {
      ...{ run, runPath: pathOfRun(run), isPaused, mayDecide: mayDecide(asked) && !isPaused },
      work: work.map(({ id, what, due, site, party }) => ({ id, what, due, where: site ?? party ?? 'the run' })),
    },
  }),
})

function mayDecide({ run, viewer }: Asked): boolean {
  return run!.stopped === undefined && may(viewer.account, 'act', { ngis: run!.plan.sites.map(({ ngi }) => ngi) })
}

const Id = z.string().min(1).max(300)
const Ids = z.union([Id.transform((id) => [id]), z.array(Id).max(2_000)]).default([])

/** `all` means those that were shown: what came since then nobody looked at. */
export const decideAct = acting({
  name: 'decide-held',
  path: '/runs/:run/held',
  summary: 'Has held work done after all, ten seconds apart, or lets it drop for good',
  need: { run: 'act' },
  on: heldPage,
  body: z.object({
    ids: Ids,
    shown: Ids,
    all: z.literal('yes').optional(),
    decision: z.enum(['do', 'drop'], 'say whether it is done or dropped'),
  }),
  answer: z.object({ ids: z.array(z.string()) }),
  act: async ({ office, run, viewer, body }) => {
    const name = run!.plan.id
    const go = body.decision === 'do'
    const ids = [...new Set(body.all === 'yes' ? body.shown : body.ids)]
    if (ids.length === 0) throw new InputError('nothing was decided:', ['tick the work that you decide on'])
    const chosen = await decideHeld(office.instance, { run: name, ids, go, by: viewer.account.name })
    const said = go
      ? `${chosen.length} will be done, ten seconds apart. The gate asks everything else again.`
      : `${chosen.length} dropped for good.`
    return { data: { ids: chosen.map(({ id }) => id) }, said, to: `${pathOfRun(name)}/held` }
  },
})
