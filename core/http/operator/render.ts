import { readdirSync, readFileSync } from 'node:fs'
import Handlebars from 'handlebars'
import type { Viewer } from '../../domain/account.ts'
import { isTimeZone, momentWords } from '../../domain/zone.ts'
import { assetUrl } from './assets.ts'
import { type Place, placesFor } from './places.ts'
import type { Page } from './route.ts'

/** A form that was sent and not taken: which one, what was typed, and why. */
export type Unsent = { form: string; typed: Readonly<Record<string, unknown>>; problems: readonly string[] }

export type Frame = {
  viewer?: Viewer
  /** The path of the page, for the place that it is marked in. */
  path: string
  formToken: string
  /** One line on what was done. */
  said?: string
  unsent?: Unsent
}

const folder = new URL('./pages/', import.meta.url)
const handlebars = Handlebars.create()
const templates = new Map<string, Handlebars.TemplateDelegate>()
const KNOWN = { time: true, there: true, eq: true, typed: true, form: true, or: true, isUnsent: true }

handlebars.registerHelper({
  eq: (a: unknown, b: unknown) => a === b,
  or: (a: unknown, b: unknown) => a || b,
  time: (at: number | undefined, options: Handlebars.HelperOptions) => timeElement(at, options.data.root.timeZone),
  there: (at: number | undefined, options: Handlebars.HelperOptions) => timeElement(at, options.data.root.siteZone),
  typed: (form: string, field: string, options: Handlebars.HelperOptions) => {
    const { else: before, ...which } = options.hash
    return isOf(options.data.root.unsent, form, which) ? options.data.root.unsent.typed[field] : before
  },
  isUnsent: (form: string, options: Handlebars.HelperOptions) => isOf(options.data.root.unsent, form, options.hash),
  form: (name: string, options: Handlebars.HelperOptions) => {
    const { unsent, formToken } = options.data.root
    const problems = isOf(unsent, name, options.hash) ? unsent.problems : []
    return new handlebars.SafeString(template('form-head')({ problems, formToken }))
  },
})

/** Of forms that a page has several times, the one that holds these values. */
function isOf(unsent: Unsent | false, form: string, which: Readonly<Record<string, unknown>>): boolean {
  return unsent !== false && unsent?.form === form && Object.entries(which).every(([field, value]) => unsent.typed[field] === value)
}

/** `2027-01-11 10:12 +01:00` of the reader's zone, and the moment itself for machines. */
function timeElement(at: number | undefined, timeZone: string): Handlebars.SafeString | string {
  if (at === undefined || !Number.isFinite(at)) return 'not known'
  const words = momentWords(at, timeZone).replace(/:\d{2} /, ' ')
  return new handlebars.SafeString(`<time datetime="${new Date(at).toISOString()}">${words}</time>`)
}

function template(name: string): Handlebars.TemplateDelegate {
  if (templates.size === 0) load()
  const found = templates.get(name)
  if (found === undefined) throw new Error(`there is no page '${name}'`)
  return found
}

/** All at once, as each may stand in any other. Strict: a page that lacks something fails instead of showing nothing. */
function load(): void {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.hbs')) continue
    const name = file.slice(0, -4)
    const made = handlebars.compile(readFileSync(new URL(file, folder), 'utf8'), {
      strict: true,
      knownHelpers: KNOWN,
      knownHelpersOnly: true,
    })
    templates.set(name, made)
    handlebars.registerPartial(name, made)
  }
}

export function zoneOf(viewer: Viewer | undefined): string {
  const zone = viewer?.account.timeZone
  return zone !== undefined && isTimeZone(zone) ? zone : 'UTC'
}

/** A part of a page, for what changes while it is looked at. */
export function renderPart(name: string, view: object, viewer: Viewer): string {
  return template(name)({ ...view, timeZone: zoneOf(viewer) })
}

export function renderPage(page: Page, frame: Frame): string {
  const { viewer, path, formToken, said, unsent } = frame
  const places: readonly Place[] = viewer === undefined ? [] : placesFor(viewer, path)
  const common = { timeZone: zoneOf(viewer), formToken, unsent: unsent ?? false, title: page.title }
  const content = template(page.template)({ ...page.view, ...common })
  return template('frame')({
    ...common,
    content: new handlebars.SafeString(content),
    places,
    againWithoutScriptS: page.againWithoutScriptS ?? false,
    who: viewer === undefined ? false : viewer.account.name,
    said: said ?? false,
    style: assetUrl('style.css'),
    icon: assetUrl('icon.svg'),
  })
}
