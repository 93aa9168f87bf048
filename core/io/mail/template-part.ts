import Handlebars from 'handlebars'
import { messageOf } from '../../domain/errors.ts'
import type { MailData } from '../../domain/mail.ts'
import { roleNames } from '../../domain/mail-words.ts'
import { sampleMailData } from './sample-mail.ts'
import { handlebars, helpers } from './template-helpers.ts'

/** A piece of a template, from a line of its file on. `render` adds to the problems instead of throwing. */
export type Part = { line: number; uses: readonly Use[]; render(data: MailData, problems: string[]): string | undefined }

/** A field that is named, for example `site.name`, and where. */
export type Use = { field: string; line: number }

type Source = { file: string; line: number; source: string }

const knownHelpers = {
  date: true,
  day: true,
  span: true,
  for: true,
  if: true,
  unless: true,
  log: false,
  lookup: false,
  with: false,
  each: false,
}
const compileOptions = { strict: true, noEscape: true, knownHelpers, knownHelpersOnly: true } as const

export function compilePart(part: Source, problems: string[]): Part | undefined {
  const before = problems.length
  const uses: Use[] = []
  try {
    visit(part, uses, problems)
    // compile() alone finds mistakes only when the mail is written
    if (problems.length === before) handlebars.precompile(part.source, compileOptions)
  } catch (error) {
    problems.push(problemOf(part, error))
  }
  if (problems.length > before) return undefined
  const template = handlebars.compile(part.source, compileOptions)
  return { line: part.line, uses, render: (data, found) => fill(part, () => template(data), found) }
}

/** Strict mode finds an unknown field only where the sample data leads, and not in a helper's arguments. */
function visit(part: Source, uses: Use[], problems: string[]): void {
  const lineOf = (node: hbs.AST.Node) => part.line + node.loc.start.line - 1
  const visitor = new Handlebars.Visitor()
  visitor.PathExpression = (path) => {
    if (isField(path)) uses.push({ field: path.original, line: lineOf(path) })
    else if (!helpers.has(path.original)) problems.push(`${part.file}:${lineOf(path)}: there is no field or helper '${path.original}'`)
  }
  const block = visitor.BlockStatement
  visitor.BlockStatement = (node) => {
    if (!namesRoles(node)) problems.push(`${part.file}:${lineOf(node)}: 'for' needs roles in quotes: ${Object.keys(roleNames).join(', ')}`)
    block.call(visitor, node)
  }
  visitor.accept(handlebars.parse(part.source))
}

function namesRoles({ path, params }: hbs.AST.BlockStatement): boolean {
  if ((path as hbs.AST.PathExpression).original !== 'for') return true
  return (
    params.length > 0 &&
    params.every((one) => one.type === 'StringLiteral' && Object.hasOwn(roleNames, (one as hbs.AST.StringLiteral).value))
  )
}

function isField(path: hbs.AST.PathExpression): boolean {
  let value: unknown = path.data || path.depth > 0 ? undefined : sampleMailData
  for (const name of path.parts) value = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return path.parts.length > 0 && value !== undefined && !isRecord(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function fill(part: Source, render: () => string, problems: string[]): string | undefined {
  try {
    return render()
  } catch (error) {
    problems.push(problemOf(part, error))
    return undefined
  }
}

/** `file:line: what`, whatever form Handlebars gave its error. */
function problemOf(part: Source, error: unknown): string {
  const message = messageOf(error)
  const [, parseLine] = /^Parse error on line (\d+)/.exec(message) ?? []
  const [, column] = / - (\d+:\d+)$/.exec(message) ?? []
  const within = (error as { lineNumber?: number }).lineNumber ?? (Number(parseLine ?? column?.split(':')[0] ?? 1) || 1)
  const place = `${part.file}:${part.line + within - 1}`
  const [, field] = /^"(.+?)" not defined in/.exec(message) ?? []
  if (field !== undefined) return `${place}: there is no field or helper '${field}'`
  return `${place}: ${message
    .replace(/ - \d+:\d+$/, '')
    .replace(/^Parse error on line \d+:\n([^\n]*)\n.*/s, "cannot be read near '$1'")
    .replace(/\s*\n\s*/g, ' ')}`
}
