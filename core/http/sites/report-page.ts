import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'
import type { CommonReport, ReportProblem } from '../../domain/common-report.ts'
import { type FieldTexts, type FormField, fieldTexts, formFieldNames, traitsOfField } from '../../domain/report-fields.ts'
import { isTimeZone, momentWords } from '../../domain/zone.ts'
import { pageHeaders } from '../page.ts'
import type { Linked } from './report-form.ts'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const css = `${read('../genuine.css')}${read('./report.css')}`
const template = Handlebars.create().compile(read('./report.hbs'), { strict: true, knownHelpersOnly: true })

/** Nobody but who has the link is to find the page, nor learn from it whence one comes. */
export const reportHeaders: Readonly<Record<string, string>> = { ...pageHeaders(css), 'x-robots-tag': 'noindex, nofollow' }

/** What a page shows; all of it is escaped. */
type View = {
  title: string
  words?: string
  linked?: Linked
  /** `problems`: those that belong to no field. */
  form?: { fields: FieldView[]; isWrong: boolean; problems: string[]; files: FileView }
  receipt?: { number: string; understood: { label: string; text: string }[]; assumed?: string }
}
type FieldView = {
  name: string
  label: string
  hint?: string
  text: string
  rows: number
  problems: string[]
  isLine: boolean
  describedBy?: string
}
type FileView = { problems: string[]; describedBy: string }

/** The form, with what was typed and what is wrong with it. */
export function formPage(linked: Linked, texts: FieldTexts, problems: readonly ReportProblem[] = []): string {
  const of = (place: string) => problems.filter((one) => one.place === place).map(({ words }) => words)
  const fields = formFieldNames.map((field) => fieldView(field, texts[field] ?? '', of(field)))
  const places: readonly string[] = [...formFieldNames, 'files']
  const others = problems.filter(({ place }) => !places.includes(place)).map(({ words }) => words)
  const files = { problems: of('files'), describedBy: `${of('files').length > 0 ? 'files-problem ' : ''}files-hint` }
  const isWrong = problems.length > 0
  const title = isWrong ? 'Not sent yet' : 'Report of the site'
  return render({ title, linked, form: { fields, files, isWrong, problems: others } })
}

function fieldView(field: FormField, text: string, problems: string[]): FieldView {
  const { label, hint, kind } = traitsOfField(field)
  const ids = [problems.length > 0 ? `${field}-problem` : '', hint === undefined ? '' : `${field}-hint`].filter((id) => id !== '')
  const rows = kind === 'text' ? 5 : 3
  const about = { ...(hint !== undefined && { hint }), ...(ids.length > 0 && { describedBy: ids.join(' ') }) }
  return { name: field, label, text, rows, problems, isLine: kind === 'line', ...about }
}

/** What was taken, as we understood it; its files stand among the evidence. */
export function receiptPage(linked: Linked, receipt: string, report: CommonReport): string {
  const texts = fieldTexts(report)
  const understood = formFieldNames.flatMap((field) =>
    texts[field] === undefined ? [] : [{ label: traitsOfField(field).label, text: texts[field] }],
  )
  const assumed = report.assumedZone === undefined ? {} : { assumed: report.assumedZone }
  return render({ title: 'Thank you: the report is here', linked, receipt: { number: receipt, understood, ...assumed } })
}

/** A page that says one thing. */
export function plainPage(title: string, words: string): string {
  return render({ title, words })
}

function render({ title, words = '', linked, form, receipt }: View): string {
  return template({
    title,
    words,
    linked:
      linked === undefined
        ? false
        : { ...linked, deadline: linked.deadlineMs === undefined ? false : deadlineWords(linked.deadlineMs, linked.timeZone) },
    form: form === undefined ? false : { ...form, fields: form.fields.map((field) => ({ hint: false, describedBy: false, ...field })) },
    receipt: receipt === undefined ? false : { assumed: false, ...receipt },
    css: new Handlebars.SafeString(css),
  })
}

function deadlineWords(deadlineMs: number, timeZone: string): string {
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC'
  return `${momentWords(deadlineMs, zone).replace(/:\d{2} /, ' ')} (${zone})`
}
