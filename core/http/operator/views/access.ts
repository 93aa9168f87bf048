import { z } from 'zod'
import { type Asked as AskedAt, askedName } from '../../../app/probe-access.ts'
import { banWords, isBan, keyOf } from '../../../domain/access.ts'
import { seesNgi } from '../../../domain/account.ts'
import { buildReport } from '../../../domain/build-report.ts'
import { reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'

const word = z.enum(['accepted', 'refused', 'unreachable', 'unknown'])
const Service = z.object({
  site: z.string(),
  service: z.string(),
  endpoint: z.string(),
  attacker: word,
  control: word,
  revoked: word.nullable(),
  sinceMs: z.number(),
  askedMs: z.number().nullable(),
  words: z.string(),
  banned: z.string().nullable(),
})

/** Which identity is let in where. */
export const accessPage = reading({
  name: 'access',
  path: '/runs/:run/access',
  summary: 'For each site and service: which identities are let in, since when, and what the service says',
  need: { run: 'read' },
  query: z.object({}),
  answer: z.object({ run: z.string(), services: z.array(Service) }),
  read: async ({ office, run, viewer }) => {
    const { store } = office.instance
    const { sites } = buildReport(await store.readRun(run!.plan.id), { audience: 'csirt', tlp: 'TLP:AMBER' })
    const asked = (await store.document<AskedAt>(askedName(run!.plan.id))) ?? {}
    const own = sites.filter(({ ngi }) => seesNgi(viewer.account, ngi))
    const services = own.flatMap(({ site, access, alerted }) =>
      access.map((one) => ({
        ...{
          site,
          service: one.service,
          endpoint: one.endpoint,
          attacker: one.attacker,
          control: one.control,
          revoked: one.revoked ?? null,
        },
        ...{ sinceMs: one.since.byMs, askedMs: asked[`${site} ${keyOf(one)}`] ?? null, words: one.words },
        banned: one.banned === undefined ? null : banWords(one.banned, alerted ?? one.banned.byMs),
      })),
    )
    return { run: run!.plan.id, services }
  },
  page: ({ run, services }) => ({
    title: `Access: ${run}`,
    template: 'access',
    view: {
      ...{ run, runPath: pathOfRun(run) },
      services: services.map((one) => ({
        ...one,
        revoked: one.revoked ?? '',
        askedMs: one.askedMs ?? undefined,
        banned: one.banned ?? '',
        isBan: isBan(one),
      })),
    },
  }),
})
