import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError } from '../../domain/errors.ts'
import { hasControls, isOwnHeader, type MailData } from '../../domain/mail.ts'
import { sampleMailData } from './sample-mail.ts'
import { compilePart, type Part } from './template-part.ts'

export type Template = { id: string; file: string; headers: readonly (Part & { name: string })[]; body: Part }

/** By id: the file's name without `.hbs`. */
export type Templates = ReadonlyMap<string, Template>

export type RenderedMail = { subject: string; headers: Record<string, string>; text: string }

const maxTemplateBytes = 256 * 1024
const maxHeader = 900

/** Reads every `<id>.hbs` of the folders, a later folder's before an earlier one's; tries each with sample data. */
export function loadTemplates(folders: readonly string[]): Templates {
  const problems: string[] = []
  const templates = new Map<string, Template>()
  for (const file of folders.flatMap(templateFiles)) {
    const template = readTemplate(file, problems)
    if (template) templates.set(template.id, template)
  }
  for (const template of templates.values()) render(template, sampleMailData, problems)
  if (problems.length > 0) throw new InputError('mail templates cannot be used', problems)
  return templates
}

export function templateOf(templates: Templates, id: string): Template {
  const template = templates.get(id)
  if (!template) throw new InputError(`no mail template '${id}': there are ${[...templates.keys()].join(', ') || 'none'}`, [])
  return template
}

export function renderMail(template: Template, data: MailData): RenderedMail {
  const problems: string[] = []
  const mail = render(template, data, problems)
  if (!mail || problems.length > 0) throw new InputError(`the mail '${template.id}' cannot be written`, problems)
  return mail
}

/** A folder that is not there holds no templates. */
function templateFiles(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.hbs'))
    return names.sort().map((name) => join(folder, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function readTemplate(file: string, problems: string[]): Template | undefined {
  const source = readFileSync(file, 'utf8')
  if (source.length > maxTemplateBytes) problems.push(`${file}: larger than ${maxTemplateBytes / 1024} KiB`)
  else return parseTemplate(file, source, problems)
  return undefined
}

/** Headers, a blank line, the body; a header goes on in lines that begin with white space. */
function parseTemplate(file: string, source: string, problems: string[]): Template | undefined {
  const before = problems.length
  const lines = source.replace(/\r\n/g, '\n').split('\n')
  const blank = lines.findIndex((line) => line.trim() === '')
  if (blank < 0) problems.push(`${file}:${lines.length}: no blank line between headers and body`)
  const headers = readHeaders(file, lines.slice(0, blank < 0 ? lines.length : blank), problems)
  const body = compilePart({ file, line: blank + 2, source: blank < 0 ? '' : lines.slice(blank + 1).join('\n') }, problems)
  return problems.length > before || !body ? undefined : { id: basename(file, '.hbs'), file, headers, body }
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

function render(template: Template, data: MailData, problems: string[]): RenderedMail | undefined {
  const before = problems.length
  const headers: Record<string, string> = {}
  for (const part of template.headers) {
    const value = part.render(data, problems)
    const wrong = value === undefined ? undefined : faultOf(value)
    if (wrong) problems.push(`${template.file}:${part.line}: the header ${part.name} ${wrong}`)
    headers[part.name] = value ?? ''
  }
  const text = template.body.render(data, problems)
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

function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}
