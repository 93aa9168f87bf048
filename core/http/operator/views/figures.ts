import { z } from 'zod'
import { comparisonOf, metricsOf, renderDocument } from '../../../documents.ts'
import { boardLights } from '../../../domain/board-row.ts'
import type { Document } from '../../../domain/document.ts'
import { InputError } from '../../../domain/errors.ts'
import { summaries } from '../../../overview.ts'
import { loadReportFormats, loadScenario, pluginFolders } from '../../../plugins.ts'
import { type Given, giving, type Office, reading } from '../route.ts'
import { lightView } from './words.ts'

const Line = z.object({ run: z.string(), title: z.string(), from: z.string(), phase: z.string(), rehearsal: z.boolean() })

/** What can be laid side by side. */
export const figuresPage = reading({
  name: 'figures',
  path: '/figures',
  summary: 'The runs that can be compared, and figures over time',
  need: 'instance',
  query: z.object({}),
  answer: z.object({
    runs: z.array(Line.extend({ lights: z.array(z.object({ light: z.string(), count: z.number().int() })) })),
    rubrics: z.array(z.string()),
    formats: z.array(z.string()),
  }),
  read: async ({ office: { instance, boards } }) => {
    const all = await summaries({ ...instance, boards })
    const runs = all.map(({ run, title, from, phase, rehearsal, sites }) => ({
      run,
      title,
      from,
      phase,
      rehearsal,
      lights: boardLights(sites),
    }))
    const formats = [...(await loadReportFormats(instance.config.home))].filter(([, { kinds }]) => kinds.includes('comparison'))
    return {
      runs: runs.sort((a, b) => Date.parse(b.from) - Date.parse(a.from)),
      rubrics: [...pluginFolders('scenarios', instance.config.home).keys()],
      formats: formats.map(([name]) => name),
    }
  },
  page: ({ runs, rubrics, formats }) => ({
    title: 'Compare',
    template: 'figures',
    view: {
      ...{ rubrics, formats },
      runs: runs.map((one) => ({
        ...one,
        from: Date.parse(one.from),
        path: `/runs/${encodeURIComponent(one.run)}`,
        lights: one.lights.filter(({ count }) => count > 0).map(({ light, count }) => ({ ...lightView(light as never), count })),
      })),
    },
  }),
})

const Many = z.union([z.string().max(200), z.array(z.string().max(200)).max(100)]).transform((one) => [...new Set([one].flat())])
const Format = z.string().max(40).default('html')

export const comparisonFile = giving({
  name: 'comparison',
  path: '/figures/comparison',
  summary: 'Runs side by side, all by one rubric',
  need: 'instance',
  query: z.object({ run: Many, rubric: z.string().max(100).default(''), format: Format }),
  give: async ({ office, query: { run: runs, rubric, format } }) => {
    if (runs.length < 2) throw new InputError('run: choose at least two runs to compare. Go back, and tick them.', [])
    const chosen = rubric === '' ? undefined : loadScenario(rubric, office.instance.config.home).rubric
    return given(office, { document: await comparisonOf(office.instance, runs, chosen), format })
  },
})

export const figuresFile = giving({
  name: 'figures-over-time',
  path: '/figures/over-time',
  summary: 'Figures of all own runs that are over, by month or quarter',
  need: 'instance',
  query: z.object({ by: z.enum(['month', 'quarter']).default('quarter'), format: Format }),
  give: async ({ office, query: { by, format } }) => given(office, { document: await metricsOf(office.instance, { by }), format }),
})

async function given({ instance }: Office, { document, format: name }: { document: Document; format: string }): Promise<Given> {
  const format = (await loadReportFormats(instance.config.home)).get(name)
  if (format === undefined || !format.kinds.includes(document.kind))
    throw new InputError(`there is no such document in the format '${name}'.`, [])
  const { contentType, body } = await renderDocument(format, document)
  return { contentType, body, ...(!contentType.startsWith('text/html') && { name: `${document.kind}.${format.extension}` }) }
}
