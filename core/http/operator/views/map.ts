import { z } from 'zod'
import { loadFederation } from '../../../app/import-sites.ts'
import { drawSiteMap } from '../../../charts/site-map.ts'
import { seesNgi } from '../../../domain/account.ts'
import { BoardRow } from '../../../domain/board-row.ts'
import { reading } from '../route.ts'
import { boardHead, pathOfRun, rowView } from './board-view.ts'

const Place = z.object({ latitude: z.number(), longitude: z.number() })

/** Where the sites are, each with its light. */
export const mapPage = reading({
  name: 'map',
  path: '/runs/:run/map',
  summary: 'The sites of a run on a map, with their lights',
  need: { run: 'read' },
  query: z.object({}),
  answer: z.object({
    run: z.string(),
    sites: z.array(z.object({ site: z.string(), country: z.string(), light: BoardRow.shape.light, location: Place.optional() })),
  }),
  read: async ({ office: { instance, boards }, run, viewer }) => {
    const { rows } = await boards.read(run!.plan.id)
    const known = new Map((await loadFederation(instance.store))?.sites.map(({ name, location }) => [name, location]))
    const own = rows.filter(({ ngi }) => seesNgi(viewer.account, ngi))
    const sites = own.map(({ site, country, light }) => {
      const location = known.get(site)
      return { site, country, light, ...(location && { location }) }
    })
    return { run: run!.plan.id, sites }
  },
  page: async ({ run, sites }, { office, viewer }) => {
    const board = await office.boards.read(run)
    const own = board.rows.filter(({ ngi }) => seesNgi(viewer.account, ngi))
    const pathOf = (site: string) => (rowView(board, own.find((row) => row.site === site)!) as { path: string }).path
    const { svg, missing } = drawSiteMap(sites.map((one) => ({ ...one, path: pathOf(one.site) })) as never)
    const head = boardHead(board, own)
    return { title: `Map: ${board.run.scenario.title}`, template: 'map', view: { run, runPath: pathOfRun(run), svg, missing, head } }
  },
})
