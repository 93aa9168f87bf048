import { extname } from 'node:path'
import { countValues } from '../domain/archive.ts'
import type { Certificate, SiteReport } from '../domain/document.ts'
import { InputError, messageOf } from '../domain/errors.ts'
import type { Report } from '../domain/report.ts'
import { readText } from './read-yaml.ts'

const MOST_BYTES = 64 * 1024 * 1024
const MOST_DEPTH = 40

/** How an HTML report carries its own data. */
const OPENS = '<script type="application/json" id="ssc-report">'
const CLOSES = '</script>'

/** `isPage`: the data stood in an HTML page, whose visible words are not covered by anything. */
export type WrittenReport = (
  | { kind: 'run'; content: Report }
  | { kind: 'site'; content: SiteReport }
  | { kind: 'certificate'; content: Certificate }
) & { isPage: boolean }

/** Reads a report that was given out, as .json or .html. Throws InputError when it is none that can be verified. */
export function readWritten(file: string): WrittenReport {
  const text = readText(file, MOST_BYTES)
  const isPage = /^\.html?$/i.test(extname(file)) || /^\s*<!doctype html/i.test(text.slice(0, 200))
  const data = contentOf(jsonOf(file, isPage ? blockOf(file, text) : text))
  if (isObject(data) && isObject(data.facts) && Array.isArray(data.facts.rows) && isObject(data.site))
    return { kind: 'site', content: data as unknown as SiteReport, isPage }
  if (isObject(data) && Array.isArray(data.heads) && typeof data.run === 'string')
    return { kind: 'run', content: data as unknown as Report, isPage }
  if (isObject(data) && ['run', 'site', 'issuer'].every((name) => typeof data[name] === 'string'))
    return { kind: 'certificate', content: data as unknown as Certificate, isPage }
  throw new InputError(`${file} holds no report of a run or a site, and no certificate: nothing in it can be verified`, [])
}

function blockOf(file: string, text: string): string {
  const from = text.indexOf(OPENS)
  const until = text.indexOf(CLOSES, from)
  if (from >= 0 && until > from) return text.slice(from + OPENS.length, until)
  throw new InputError(`${file} is a page without the report's data: ask for the report as JSON`, [])
}

function jsonOf(file: string, text: string): unknown {
  try {
    const data = JSON.parse(text)
    const values = countValues(data, MOST_DEPTH)
    if (values === undefined) throw new Error(`it is deeper than ${MOST_DEPTH} levels`)
    // Of a name that stands twice the last counts here, and whoever reads the file may see the first.
    if (countKeys(data) !== countNames(text)) throw new Error('a name stands twice in one object of it')
    return data
  } catch (error) {
    throw new InputError(`${file} is not JSON: ${messageOf(error)}`, [])
  }
}

/** Each name in a text that is JSON: a string that a colon follows. */
function countNames(text: string): number {
  let count = 0
  for (const [found] of text.matchAll(/"(?:[^"\\]|\\.)*"[ \t\r\n]*:?/g)) if (found.endsWith(':')) count += 1
  return count
}

function countKeys(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0
  const inside = Object.values(value).reduce<number>((sum, one) => sum + countKeys(one), 0)
  return Array.isArray(value) ? inside : inside + Object.keys(value).length
}

/** A document is written by itself, or with its kind beside it. */
function contentOf(data: unknown): unknown {
  return isObject(data) && typeof data.kind === 'string' && isObject(data.content) ? data.content : data
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
