import Handlebars from 'handlebars'
import { messageOf } from '../../domain/errors.ts'
import type { MailData } from '../../domain/mail.ts'
import { sampleMailData } from './sample-mail.ts'

/** A piece of a template, from a line of its file on. `render` adds to the problems instead of throwing. */
export type Part = { line: number; render(data: MailData, problems: string[]): string | undefined }

type Source = { file: string; line: number; source: string }

/** Own instance: nobody else's helpers or partials reach a mail. */
const handlebars = Handlebars.create()
handlebars.registerHelper({ date: dateHelper, day: dayHelper })
const helpers = new Set(['date', 'day', 'if', 'unless'])
const knownHelpers = { date: true, day: true, if: true, unless: true, log: false, lookup: false, with: false, each: false }

const compileOptions = { strict: true, noEscape: true, knownHelpers, knownHelpersOnly: true } as const

export function compilePart(part: Source, problems: string[]): Part | undefined {
  const before = problems.length
  try {
    findUnknownFields(part, problems)
    // compile() alone finds mistakes only when the mail is written
    if (problems.length === before) handlebars.precompile(part.source, compileOptions)
  } catch (error) {
    problems.push(problemOf(part, error))
  }
  if (problems.length > before) return undefined
  const template = handlebars.compile(part.source, compileOptions)
  return { line: part.line, render: (data, found) => fill(part, () => template(data), found) }
}

/** Strict mode finds an unknown field only where the sample data leads, and not in a helper's arguments. */
function findUnknownFields(part: Source, problems: string[]): void {
  const visitor = new Handlebars.Visitor()
  visitor.PathExpression = (path) => {
    if (isField(path) || helpers.has(path.original)) return
    problems.push(`${part.file}:${part.line + path.loc.start.line - 1}: there is no field or helper '${path.original}'`)
  }
  visitor.accept(handlebars.parse(part.source))
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

type HelperOptions = { data?: { root?: MailData }; loc?: hbs.AST.SourceLocation }

/** `{{date alertMs}}`: ISO 8601 in the site's time zone, and in UTC. */
function dateHelper(ms: unknown, options: HelperOptions): string {
  const at = timeOf(ms, 'date', options)
  const utc = `${at.toISOString().slice(0, 16)}Z`
  const offset = offsetAt(at, options.data?.root?.site.timeZone ?? 'UTC')
  if (offset === undefined) return utc
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)/.exec(offset) ?? []
  const shiftMs = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
  return `${new Date(at.getTime() + shiftMs).toISOString().slice(0, 16)}${offset} (${utc})`
}

/** `{{day alertMs}}`: YYYYMMDD in UTC, as in a tag like [EGI-20270111]. */
function dayHelper(ms: unknown, options: HelperOptions): string {
  return timeOf(ms, 'day', options).toISOString().slice(0, 10).replaceAll('-', '')
}

function timeOf(ms: unknown, helper: string, options: HelperOptions): Date {
  const at = new Date(typeof ms === 'number' ? ms : Number.NaN)
  if (!Number.isNaN(at.getTime())) return at
  throw new Handlebars.Exception(`'${helper}' needs one of the times, for example {{${helper} alertMs}}`, options as hbs.AST.Node)
}

/** `+01:00`; undefined where the zone adds nothing, or is none: a site's odd entry in GOCDB shall not stop its mail. */
function offsetAt(at: Date, timeZone: string): string | undefined {
  try {
    const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at)
    const offset = parts.find((part) => part.type === 'timeZoneName')?.value.replace('GMT', '')
    return offset === '+00:00' || !offset ? undefined : offset
  } catch {
    return undefined
  }
}
