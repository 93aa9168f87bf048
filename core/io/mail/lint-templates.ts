import { type MailData, traitsOf } from '../../domain/mail.ts'
import { faultsOf } from './letter-checks.ts'
import { oddMailData, sampleMailData } from './sample-mail.ts'
import type { Layer, TemplateLibrary } from './template-library.ts'
import { renderInto, type Template } from './templates.ts'

export type TemplateProblem = { file: string; line?: number; scenario: string; problem: string }

/** `hasJob`: whether the scenario sends one; without it no letter has an identity to name. */
export type LintedScenario = { id: string; title: string; hasJob: boolean }

export function linted({ id, title, job }: { id: string; title: string; job?: unknown }): LintedScenario {
  return { id, title, hasJob: job !== undefined }
}

/** Writes every letter of every layer for every scenario and role, with plain and with odd data, and says what is wrong, each once. */
export function lintTemplates(library: TemplateLibrary, scenarios: readonly LintedScenario[]): TemplateProblem[] {
  const problems = scenarios.flatMap((scenario) => library.flatMap((layer) => lintLayer(layer, scenario)))
  return [...new Map(problems.map((one) => [JSON.stringify(one), one])).values()]
}

function lintLayer(layer: Layer, { id, title, hasJob }: LintedScenario): TemplateProblem[] {
  if (layer.scenario !== undefined && layer.scenario !== id) return []
  return [...layer.templates.values()].flatMap((template) => {
    const samples = [sampleMailData, ...oddMailData].flatMap((data) =>
      traitsOf(template.kind).to.map((role) => ({ ...data, to: { ...data.to, role } })),
    )
    const without = hasJob ? {} : { identity: '', label: '' }
    const titled = samples.map((data) => ({ ...data, ...without, ...(data.scenario === sampleMailData.scenario && { scenario: title }) }))
    return titled.flatMap((data) => lintLetter(template, data)).map((one) => ({ file: template.file, ...one, scenario: id }))
  })
}

function lintLetter(template: Template, data: MailData): Omit<TemplateProblem, 'file' | 'scenario'>[] {
  const found: string[] = []
  const mail = renderInto(template, data, found)
  if (!mail) return found.map((problem) => placed(template, problem))
  return faultsOf({ kind: template.kind, data, mail }).map(({ problem, field }) => {
    const use = [...template.headers, template.body].flatMap((part) => part.uses).find((one) => one.field === field)
    return use ? { line: use.line, problem } : { problem }
  })
}

/** `file:line: what` taken apart. */
function placed({ file }: Template, text: string): { line?: number; problem: string } {
  const [, line, problem = text] = /^:(\d+): (.*)$/s.exec(text.slice(file.length)) ?? []
  return line === undefined ? { problem } : { line: Number(line), problem }
}
