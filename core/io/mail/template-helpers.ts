import Handlebars from 'handlebars'
import type { MailData } from '../../domain/mail.ts'
import { durationWords } from '../../domain/text.ts'
import { zoneOffset } from '../../domain/zone.ts'

/** Own instance: nobody else's helpers or partials reach a mail. */
export const handlebars = Handlebars.create()
handlebars.registerHelper({ date, day, span, for: forRoles })

/** All that a template may call; `{{#for "vo" "ca"}}` is for letters to these roles alone. */
export const helpers: ReadonlySet<string> = new Set(['date', 'day', 'span', 'for', 'if', 'unless'])

type Options = { data: { root: MailData }; loc: hbs.AST.SourceLocation }

/** `{{date alertMs}}`: ISO 8601 in the addressee's time zone, and in UTC; a zone that is none counts as UTC. */
function date(ms: unknown, options: Options): string {
  const at = timeOf(ms, 'date', options)
  const utc = `${isoOf(at).slice(0, 16)}Z`
  const offset = zoneOffset(options.data.root.site.timeZone, at)
  return offset === 0 ? utc : `${isoOf(at + offset).slice(0, 16)}${offsetWords(offset)} (${utc})`
}

/** `{{day window.fromMs}}`: `2027-01-11`, in the addressee's time zone. */
function day(ms: unknown, options: Options): string {
  const at = timeOf(ms, 'day', options)
  return isoOf(at + zoneOffset(options.data.root.site.timeZone, at)).slice(0, 10)
}

/** `{{span alertMs deadlines.headsUpMs}}`: `4 hours`; what is not whole days or hours in the short form `4 h 30 min`. */
function span(from: unknown, to: unknown, options: Options): string {
  const ms = timeOf(to, 'span', options) - timeOf(from, 'span', options)
  const [unit, size] = ms % DAY_MS === 0 ? ['day', DAY_MS] : ['hour', HOUR_MS]
  const count = ms / size
  return ms > 0 && Number.isInteger(count) ? `${count} ${unit}${count === 1 ? '' : 's'}` : durationWords(ms)
}

type BlockOptions = Options & { fn?(data: unknown): string; inverse(data: unknown): string }

function forRoles(this: unknown, ...args: unknown[]): string {
  const { data, fn, inverse, ...rest } = args.at(-1) as BlockOptions
  if (!fn) throw new Handlebars.Exception('\'for\' is a block: write {{#for "site"}} … {{/for}}', rest as unknown as hbs.AST.Node)
  return args.slice(0, -1).includes(data.root.to.role) ? fn(this) : inverse(this)
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

function timeOf(ms: unknown, helper: string, options: Options): number {
  const at = typeof ms === 'number' ? ms : Number.NaN
  // a day is left at both ends for the zone
  if (Math.abs(at) < 8.64e15 - DAY_MS) return at
  throw new Handlebars.Exception(`'${helper}' needs one of the times, for example alertMs`, options as unknown as hbs.AST.Node)
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}

/** `+05:30` */
function offsetWords(offset: number): string {
  const minutes = Math.abs(Math.round(offset / 60_000))
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}
