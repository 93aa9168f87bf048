import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { InputError, messageOf } from '../../domain/errors.ts'
import { hasControls, isOwnHeader, type MailData, type MailKind, mailKinds, traitsOf } from '../../domain/mail.ts'
import { visibleText } from '../../domain/text.ts'
import { sampleMailData } from './sample-mail.ts'
import { compilePart, type Part } from './template-part.ts'

export type Template = { kind: MailKind; file: string; headers: readonly (Part & { name: string })[]; body: Part }

export type RenderedMail = { subject: string; headers: Record<string, string>; text: string }

const maxTemplateBytes = 256 * 1024
const maxHeader = 900

/** Reads `<kind>.hbs` and tries it with sample data; what is wrong is added to the problems as `file:line: what`. */
export function readTemplate(file: string, problems: string[]): Template | undefined {
  const kind = mailKinds.find((one) => one === basename(file, '.hbs'))
  if (kind === undefined) problems.push(`${file}: there is no such letter: name the file as one of ${mailKinds.join(', ')}`)
  const source = kind && readSource(file, problems)
  const template = source === undefined ? undefined : parseTemplate({ kind: kind!, file, source }, problems)
  if (template === undefined) return undefined
  for (const role of traitsOf(template.kind).to)
    renderInto(template, { ...sampleMailData, to: { role, name: sampleMailData.to.name } }, problems)
  return template
}

/** Throws InputError, with the places in the template, when the letter cannot be written with this data. */
export function renderMail(template: Template, data: MailData): RenderedMail {
  const problems: string[] = []
  const mail = renderInto(template, data, problems)
  if (!mail || problems.length > 0) throw new InputError(`the mail '${template.kind}' cannot be written`, problems)
  return mail
}

function readSource(file: string, problems: string[]): string | undefined {
  try {
    if (statSync(file).size <= maxTemplateBytes) return readFileSync(file, 'utf8')
    problems.push(`${file}: larger than ${maxTemplateBytes / 1024} KiB`)
  } catch (error) {
    problems.push(`${file}: ${messageOf(error)}`)
  }
  return undefined
}

/** Headers, a blank line, the body; a header goes on in lines that begin with white space. */
function parseTemplate({ kind, file, source }: { kind: MailKind; file: string; source: string }, problems: string[]): Template | undefined {
  const before = problems.length
  const lines = source.replace(/\r\n/g, '\n').split('\n')
  const blank = lines.findIndex((line) => line.trim() === '')
  if (blank < 0) problems.push(`${file}:${lines.length}: no blank line between headers and body`)
  const headers = readHeaders(file, lines.slice(0, blank < 0 ? lines.length : blank), problems)
  const body = compilePart({ file, line: blank + 2, source: blank < 0 ? '' : lines.slice(blank + 1).join('\n') }, problems)
  return problems.length > before || !body ? undefined : { kind, file, headers, body }
}

function readHeaders(file: string, lines: readonly string[], problems: string[]): Template['headers'] {
  const headers: (Part & { name: string })[] = []
  const names = new Set<string>()
  for (const [index, line] of lines.entries()) {
    if (/^[ \t]/.test(line) && index > 0) continue
    const place = `${file}:${index + 1}`
    const [, name, start = ''] = /^([A-Za-z][A-Za-z0-9-]{0,60}):[ \t]*(.*)$/.exec(line) ?? []
    if (name === undefined) problems.push(`${place}: not a header: write 'Name: value', or a blank line before the body`)
    else if (isOwnHeader(name)) problems.push(`${place}: the header ${name} is set by the framework: remove it`)
    else if (names.has(name.toLowerCase())) problems.push(`${place}: the header ${name} stands twice`)
    else {
      const source = [start, ...continuation(lines, index)].join(' ')
      const part = compilePart({ file, line: index + 1, source }, problems)
      if (part) headers.push({ ...part, name })
      names.add(name.toLowerCase())
    }
  }
  if (!names.has('subject')) problems.push(`${file}:1: the header Subject is missing`)
  return headers
}

function continuation(lines: readonly string[], index: number): string[] {
  const rest = lines.slice(index + 1)
  const end = rest.findIndex((line) => !/^[ \t]/.test(line))
  return rest.slice(0, end < 0 ? rest.length : end).map((line) => line.trim())
}

/** As `renderMail`; what is wrong is added to the problems. */
export function renderInto(template: Template, data: MailData, problems: string[]): RenderedMail | undefined {
  const before = problems.length
  const headers: Record<string, string> = {}
  for (const part of template.headers) {
    const value = part.render(data, problems)
    const wrong = value === undefined ? undefined : faultOf(value)
    if (wrong) problems.push(`${template.file}:${part.line}: the header ${part.name} ${wrong}`)
    headers[part.name] = value ?? ''
  }
  const text = template.body.render(inLines(data), problems)
  if (problems.length > before || text === undefined) return undefined
  const name = Object.keys(headers).find((n) => n.toLowerCase() === 'subject')!
  const { [name]: subject = '', ...others } = headers
  return { subject, headers: others, text: withoutControls(text) }
}

function faultOf(value: string): string | undefined {
  if (hasControls(value)) return 'holds a line break or a control character once it is filled in'
  if (value.trim() === '') return 'is empty'
  return value.length > maxHeader ? `is longer than ${maxHeader} characters` : undefined
}

const manyLines: ReadonlySet<string> = new Set(['reason', 'text', 'lights', 'sites'] satisfies (keyof MailData)[])

/** A name that brings lines of its own could pass for a part of the letter; what may have many lines brings no empty ones at its end. */
function inLines<Data extends object>(data: Data): Data {
  const entries = Object.entries(data).map(([name, value]) => {
    if (typeof value === 'object') return [name, inLines(value)]
    if (typeof value !== 'string') return [name, value]
    if (name === 'form') return [name, value.trimEnd()]
    return [name, manyLines.has(name) ? wrap(value.trimEnd()) : visibleText(value)]
  })
  return Object.fromEntries(entries)
}

/** At spaces; a line that begins with one is left as it is: it may be a piece of a log. */
function wrap(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => (line.length <= 76 || /^\s/.test(line) ? line : line.replace(/(.{1,76})(?:\s+|$)/g, '$1\n').trimEnd()))
  return lines.join('\n')
}

function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}
