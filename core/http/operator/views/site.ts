import { z } from 'zod'
import { loadFederation } from '../../../app/import-sites.ts'
import { isCsirt, seesNgi } from '../../../domain/account.ts'
import { depthWords } from '../../../domain/contact-quality.ts'
import { siteScore } from '../../../domain/document-schema.ts'
import { roleNames } from '../../../domain/mail-words.ts'
import { Downtime, Site } from '../../../domain/site.ts'
import { durationWords, visibleText } from '../../../domain/text.ts'
import { historyOf } from '../../../site-history.ts'
import { NotAllowedError } from '../errors.ts'
import { type Asked, reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'
import { lightView } from './words.ts'

const { overall, categories, coverage } = siteScore.shape

const SitePage = z.object({
  site: Site,
  downtimes: z.array(Downtime.pick({ id: true, severity: true, startMs: true, endMs: true })),
  history: z.array(
    z.looseObject({
      ...{ run: z.string(), title: z.string(), phase: z.string(), rehearsal: z.boolean(), fromMs: z.number(), consent: z.string() },
      ...{ overall, categories: categories.readonly(), coverage, headsUpMs: z.number().nullable(), containmentMs: z.number().nullable() },
      contacts: z.array(z.looseObject({ role: z.string(), address: z.string() })).readonly(),
    }),
  ),
})

/** A site as it is known, how its contacts did, and how it fared in each run. */
export const sitePage = reading({
  name: 'site',
  path: '/sites/:site',
  summary: 'One site: what is known of it, what runs showed of its contacts, and its lights in each run',
  need: 'office',
  query: z.object({}),
  answer: SitePage,
  read: async (asked): Promise<any> => {
    const { store, clock } = asked.office.instance
    const { site, downtimes } = await knownSite(asked)
    const history = await historyOf({ store, clock }, site.name, (ngi) => seesNgi(asked.viewer.account, ngi))
    return { site, downtimes, history }
  },
  page: ({ site, downtimes, history }, { office }) => ({
    title: site.name,
    template: 'site',
    view: {
      ...{ site: site.name, siteZone: site.timeZone, now: office.instance.clock.now(), downtimes, ...factsOf(site) },
      history: history.map(partView),
      contacts: history.flatMap(({ run, contacts }: { run: string; contacts: any[] }) =>
        contacts.map((one) => ({ run, path: pathOfRun(run), ...contactView(one) })),
      ),
    },
  }),
})

/** A site of another NGI looks as one that is not known. */
async function knownSite({ office, viewer, params }: Asked): Promise<{ site: Site; downtimes: Downtime[] }> {
  const federation = await loadFederation(office.instance.store)
  const site = federation?.sites.find(({ name }) => name === params.site)
  if (site === undefined || !seesNgi(viewer.account, site.ngi))
    throw new NotAllowedError(404, `There is no site '${params.site}' for you here.${isCsirt(viewer.account) ? ' Import it first.' : ''}`)
  const ofSite = ({ services }: Downtime) => services.some((service) => service.site === site.name)
  return { site, downtimes: federation!.downtimes.filter(ofSite).sort((a, b) => b.startMs - a.startMs) }
}

function factsOf(site: Site): object {
  const { officialName = site.name, ngi, country, certification, infrastructure, securityContact, contact, scopes, endpoints } = site
  return {
    ...{ officialName: visibleText(officialName), ngi, country, certification, infrastructure, scopes: scopes.join(', ') },
    ...{ securityContact: securityContact ?? false, contact: contact ?? false },
    endpoints: endpoints.map(({ serviceType, hostName, inProduction }) => ({ serviceType, hostName, inProduction })),
  }
}

type Part = Awaited<ReturnType<typeof historyOf>>[number]

function partView(part: Part): object {
  return {
    ...part,
    path: `${pathOfRun(part.run)}`,
    ...lightView(part.overall),
    marks: part.categories.map(({ category, light }) => ({ category, ...lightView(light) })),
    headsUp: part.headsUpMs === null ? false : durationWords(part.headsUpMs),
    containment: part.containmentMs === null ? false : durationWords(part.containmentMs),
  }
}

function contactView({ role, address, accepted, refused, bounced, human, automatic, firstAnswer, depth, words }: Part['contacts'][number]) {
  return {
    ...{ role: roleNames[role], address, letters: `${accepted} / ${refused} / ${bounced}`, human, automatic },
    first: firstAnswer === undefined ? false : durationWords(firstAnswer.wallMs),
    depth: depth === undefined ? 'not known' : depthWords[depth],
    words: words.map((one) => visibleText(one)).join('; '),
  }
}
