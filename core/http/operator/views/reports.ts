import { z } from 'zod'
import { audiencesOfRun, publishRun } from '../../../app/publish-run.ts'
import { readPlannedRun } from '../../../app/view.ts'
import { documentOfRun, renderDocument, siteDocuments } from '../../../documents.ts'
import { audiencesOf, isCsirt, may, ngisOf } from '../../../domain/account.ts'
import { audienceWords } from '../../../domain/audience.ts'
import type { Document } from '../../../domain/document.ts'
import { InputError } from '../../../domain/errors.ts'
import type { Audience } from '../../../domain/report.ts'
import type { PlannedRun } from '../../../domain/work.ts'
import { loadReportFormats } from '../../../plugins.ts'
import { NotAllowedError } from '../errors.ts'
import { type Asked, acting, type Given, giving, type Office, reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'

const Line = z.object({
  audience: z.string(),
  words: z.string(),
  shown: z.boolean(),
  by: z.string().nullable(),
  at: z.number().nullable(),
  formats: z.array(z.string()),
})

/** The documents of a run, by who may read them. */
export const reportsPage = reading({
  name: 'reports',
  path: '/runs/:run/reports',
  summary: 'The documents of a run by audience, and which are published',
  need: { run: 'read' },
  query: z.object({}),
  answer: z.object({ run: z.string(), phase: z.string(), documents: z.array(Line) }),
  read: async (asked) => {
    const { run, office } = asked
    const formats = [...(await loadReportFormats(office.instance.config.home)).values()]
    const documents = audiencesFor(asked).map((audience) => {
      const known = run!.published.find((one) => one.audience === audience)
      const kind = audience.startsWith('site:') ? 'site' : 'run'
      return {
        ...{ audience, words: audienceWords(audience), shown: known !== undefined, by: known?.by ?? null, at: known?.at ?? null },
        formats: formats.filter(({ kinds }) => kinds.includes(kind)).map(({ name }) => name),
      }
    })
    return { run: run!.plan.id, phase: run!.phase, documents }
  },
  page: ({ run, phase, documents }, { viewer, run: state }) => {
    const path = pathOfRun(run)
    const lines = documents.map((one) => ({
      ...one,
      by: one.by ?? '',
      at: one.at ?? 0,
      links: one.formats.map((format) => ({ format, path: `${path}/document?${new URLSearchParams({ audience: one.audience, format })}` })),
    }))
    const isMine = may(viewer.account, 'act', { ngis: state!.plan.sites.map(({ ngi }) => ngi) })
    const view = {
      ...{ run, runPath: path, isOver: phase === 'ended' || phase === 'stopped', isMine },
      all: lines.filter(({ audience }) => !audience.startsWith('site:')),
      sites: lines.filter(({ audience }) => audience.startsWith('site:')),
    }
    return { title: `Reports: ${run}`, template: 'reports', view }
  },
})

/** An officer of all of its NGIs gives out every document; one of some of them sees theirs. */
function audiencesFor({ run, viewer: { account } }: Asked): Audience[] {
  const all = audiencesOfRun(run!.plan)
  if (may(account, 'act', { ngis: run!.plan.sites.map(({ ngi }) => ngi) })) return all
  const own = new Set(ngisOf(account))
  const sites = new Set(run!.plan.sites.filter(({ ngi }) => own.has(ngi)).map(({ name }) => name))
  return all.filter((one) => one === 'public' || own.has(one.slice(4)) || (one.startsWith('site:') && sites.has(one.slice(5))))
}

const Wanted = z.object({ audience: z.string().max(200), format: z.string().max(40).default('html') })

export const documentFile = giving({
  name: 'document',
  path: '/runs/:run/document',
  summary: 'A document of a run for an audience, in a format',
  need: { run: 'read' },
  query: Wanted,
  give: async (asked) => {
    const { audience, format } = asked.query
    if (!audiencesFor(asked).includes(audience as Audience)) throw new NotAllowedError(404, `There is no document for '${audience}' here.`)
    return fileOf(asked.office, { run: asked.run!.plan.id, audience: audience as Audience, format })
  },
})

type Wish = { run: string; audience: Audience; format: string }

async function fileOf({ instance }: Office, { run, audience, format: name }: Wish): Promise<Given> {
  const format = (await loadReportFormats(instance.config.home)).get(name)
  const document: Document = audience.startsWith('site:')
    ? (await siteDocuments(instance, run)).of('site', audience.slice(5))
    : await documentOfRun(instance, run, { kind: 'run', audience })
  if (format === undefined || !format.kinds.includes(document.kind))
    throw new InputError(`there is no such document in the format '${name}'.`, [])
  const { contentType, body } = await renderDocument(format, document)
  const isPage = contentType.startsWith('text/html')
  return { contentType, body, ...(!isPage && { name: `${run}.${audience.replace(':', '-')}.${format.extension}` }) }
}

export const publishAct = acting({
  name: 'publish',
  path: '/runs/:run/publications',
  summary: 'Shows the document for an audience to its readers, or shows it no longer',
  need: { run: 'act' },
  on: reportsPage,
  body: z.object({ audience: z.string().max(200), shown: z.enum(['yes', 'no']) }),
  answer: z.object({}),
  act: async ({ office, run, viewer, body }) => {
    const shown = body.shown === 'yes'
    const all = audiencesOfRun(run!.plan)
    const audiences = body.audience === 'sites' ? all.filter((one) => one.startsWith('site:')) : [body.audience as Audience]
    await publishRun(office.instance, { run: run!.plan.id, audiences, shown, by: viewer.account.name })
    const whom = body.audience === 'sites' ? 'each site' : audienceWords(body.audience as Audience)
    return { data: {}, said: shown ? `Published for ${whom}.` : `No longer shown to ${whom}.`, to: `${pathOfRun(run!.plan.id)}/reports` }
  },
})

const Published = z.object({ run: z.string(), title: z.string(), audience: z.string(), words: z.string(), at: z.number() })

/** What was published to who looks. */
export const readingRoom = reading({
  name: 'published',
  path: '/reports',
  summary: 'The reports that were published to you',
  need: 'oneself',
  query: z.object({}),
  answer: z.object({ reports: z.array(Published) }),
  read: async ({ office: { instance }, viewer }) => {
    const runs = await Promise.all((await instance.store.listRuns()).map(({ run }) => readPlannedRun(instance.store, run)))
    const reports = runs.flatMap((run) => publishedTo(run, audiencesOf(viewer.account)))
    return { reports: reports.sort((a, b) => b.at - a.at) }
  },
  page: ({ reports }, { viewer }) => ({
    title: 'Reports',
    template: 'reading-room',
    view: {
      mayCompare: isCsirt(viewer.account),
      reports: reports.map((one) => ({ ...one, path: `/reports/${encodeURIComponent(one.run)}/${encodeURIComponent(one.audience)}` })),
    },
  }),
})

function publishedTo({ plan, scenario, published }: PlannedRun, audiences: readonly Audience[]): z.infer<typeof Published>[] {
  const own = published.filter(({ audience }) => audiences.includes(audience))
  return own.map(({ audience, at }) => ({ run: plan.id, title: scenario.title, audience, words: audienceWords(audience), at }))
}

export const publishedFile = giving({
  name: 'published-document',
  path: '/reports/:run/:audience',
  summary: 'A report that was published to you',
  need: 'oneself',
  query: z.object({ format: z.string().max(40).default('html') }),
  give: async ({ office, viewer, params, query }) => {
    const run = await readPlannedRun(office.instance.store, params.run!).catch(() => undefined)
    const found = run && publishedTo(run, audiencesOf(viewer.account)).find(({ audience }) => audience === params.audience)
    if (found === undefined) throw new NotAllowedError(404, 'Nothing of that name was published to you.')
    return fileOf(office, { run: found.run, audience: found.audience as Audience, format: query.format })
  },
})
