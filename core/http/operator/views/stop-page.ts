import { z } from 'zod'
import { openStopWatch } from '../../../app/stop-watch.ts'
import { seesNgi } from '../../../domain/account.ts'
import { countEnds, type SiteEnd } from '../../../domain/stop-watch.ts'
import { reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'

const End = z.looseObject({ is: z.enum(['never started', 'confirmed', 'told', 'ended by itself']) })

/** How the agents of a stopped run end. It looks again by itself until all have. */
export const stopPage = reading({
  name: 'stop-watch',
  path: '/runs/:run/stop',
  summary: 'How the agents of a stopped run end, site by site',
  need: { run: 'read' },
  query: z.object({}),
  answer: z.object({ run: z.string(), by: z.string(), reason: z.string(), at: z.number(), sites: z.record(z.string(), End) }),
  read: async ({ run, office, viewer }) => {
    const look = await (await openStopWatch(office.instance, run!.plan.id))()
    const own = new Set(run!.plan.sites.filter(({ ngi }) => seesNgi(viewer.account, ngi)).map(({ name }) => name))
    const { by, reason, at } = run!.stopped!
    return { run: run!.plan.id, by, reason, at, sites: Object.fromEntries([...look].filter(([site]) => own.has(site))) }
  },
  page: ({ run, by, reason, at, sites }) => {
    const ends = Object.entries(sites) as [string, SiteEnd][]
    const { started, lastMs, ...count } = countEnds(ends.map(([, end]) => end))
    const view = {
      ...{ run, by, reason, at, started },
      ...{ runPath: pathOfRun(run), confirmed: count.confirmed, told: count.told, byThemselves: count['ended by itself'] },
      neverStarted: count['never started'],
      lastMs: lastMs ?? false,
      isOver: ends.every(([, end]) => end.is !== 'told'),
      sites: ends.map(([site, end]) => ({
        site,
        is: end.is,
        at: 'atMs' in end ? end.atMs : false,
        latest: 'latestMs' in end ? end.latestMs : false,
      })),
    }
    return { title: `Stopped: ${run}`, template: 'stop', view, ...(view.isOver ? {} : { againAfterS: 3 }) }
  },
})
