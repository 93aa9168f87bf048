import { readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { z } from 'zod'
import { letters, type MailKind, mailKinds, traitsOf } from '../../../domain/mail.ts'
import { roleNames } from '../../../domain/mail-words.ts'
import { visibleText } from '../../../domain/text.ts'
import type { Layer } from '../../../io/mail/template-library.ts'
import { lintLetters, problemLine } from '../../../lint-letters.ts'
import { loadMailTemplates, pluginFolders } from '../../../plugins.ts'
import { sampleLetter } from '../../../sample-letter.ts'
import { NotAllowedError } from '../errors.ts'
import { reading } from '../route.ts'

const Line = z.object({ kind: z.string(), title: z.string(), to: z.array(z.string()), byHand: z.boolean(), from: z.array(z.string()) })

/** All kinds of letters, and whose words they are in. */
export const templatesPage = reading({
  name: 'templates',
  path: '/templates',
  summary: 'The kinds of letters, where their templates come from, and what is wrong with them',
  need: 'office',
  query: z.object({}),
  answer: z.object({ templates: z.array(Line), problems: z.array(z.string()) }),
  read: async ({ office }) => {
    const { home } = office.instance.config
    const { problems } = lintLetters(home)
    const library = problems.some(({ file }) => file === undefined) ? [] : loadMailTemplates(home)
    const templates = mailKinds.map((kind) => ({
      ...{ kind, title: letters[kind].title, byHand: traitsOf(kind).byHand === true },
      to: traitsOf(kind).to.map((role) => roleNames[role]),
      from: library.filter((layer) => layer.templates.has(kind)).map((layer) => layerWords(layer, home)),
    }))
    return { templates, problems: problems.map((one) => visibleText(problemLine(one))) }
  },
  page: ({ templates, problems }) => ({
    title: 'Templates',
    template: 'templates',
    view: { problems, templates: templates.map((one) => ({ ...one, to: one.to.join(', '), from: one.from.join(', ') })) },
  }),
})

function layerWords({ folder, scenario, ngi }: Layer, home: string): string {
  const whose = folder.startsWith(join(home, sep)) ? 'your own' : 'the project'
  if (ngi !== undefined) return `${whose}, for ${ngi}`
  return scenario === undefined ? whose : `${whose}, for ${scenario}`
}

/** One letter as it stands in its files, and filled with invented data for a scenario. */
export const templatePage = reading({
  name: 'template',
  path: '/templates/:kind',
  summary: 'A kind of letter: its templates, and how it looks with invented data',
  need: 'office',
  query: z.object({ scenario: z.string().max(100).default('ssc6-cms') }),
  answer: z.object({
    kind: z.string(),
    title: z.string(),
    scenario: z.string(),
    scenarios: z.array(z.string()),
    files: z.array(z.object({ from: z.string(), text: z.string() })),
    preview: z.string(),
  }),
  read: async ({ office, params, query: { scenario } }) => {
    const { config } = office.instance
    const kind = mailKinds.find((one) => one === params.kind) as MailKind | undefined
    if (kind === undefined) throw new NotAllowedError(404, `There is no kind of letter '${params.kind}'.`)
    const layers = loadMailTemplates(config.home).filter((layer) => layer.templates.has(kind))
    // What we compose is ASCII (RFC 5322, RFC 2045): as text it is the same bytes.
    const preview = Buffer.from(await sampleLetter(config, { kind, scenario, text: '' })).toString('latin1')
    return {
      ...{ kind, title: letters[kind].title, scenario, scenarios: [...pluginFolders('scenarios', config.home).keys()], preview },
      files: layers.map((layer) => ({
        from: layerWords(layer, config.home),
        text: readFileSync(layer.templates.get(kind)!.file, 'utf8'),
      })),
    }
  },
  page: (data) => ({ title: `Template: ${data.title}`, template: 'template', view: { ...data, letter: data.title } }),
})
