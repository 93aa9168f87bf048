import { extname } from 'node:path'
import type { SiteReport } from '../domain/document.ts'
import { InputError, messageOf } from '../domain/errors.ts'
import type { Report } from '../domain/report.ts'
import { readText } from './read-yaml.ts'

const MOST_BYTES = 64 * 1024 * 1024

/** How an HTML report carries its own data. */
const OPENS = '<script type="application/json" id="ssc-report">'
const CLOSES = '</script>'

/** `isPage`: the data stood in an HTML page, whose visible words are not covered by anything. */
export type WrittenReport = ({ kind: 'run'; content: Report } | { kind: 'site'; content: SiteReport }) & { isPage: boolean }

/** Reads a report that was given out, as .json or .html. Throws InputError when it is none that can be verified. */
export function readWritten(file: string): WrittenReport {
  const text = readText(file, MOST_BYTES)
  const isPage = /^\.html?$/i.test(extname(file)) || /^\s*<!doctype html/i.test(text.slice(0, 200))
  const data = contentOf(jsonOf(file, isPage ? blockOf(file, text) : text))
  if (isObject(data) && isObject(data.facts) && Array.isArray(data.facts.rows) && isObject(data.site))
    return { kind: 'site', content: data as unknown as SiteReport, isPage }
  if (isObject(data) && Array.isArray(data.heads) && typeof data.run === 'string')
    return { kind: 'run', content: data as unknown as Report, isPage }
  throw new InputError(`${file} holds no report of a run and none of a site: nothing in it can be verified`, [])
}

function blockOf(file: string, text: string): string {
  const from = text.indexOf(OPENS)
  const until = text.indexOf(CLOSES, from)
  if (from >= 0 && until > from) return text.slice(from + OPENS.length, until)
  throw new InputError(`${file} is a page without the report's data: ask for the report as JSON`, [])
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InputError(`${file} is not JSON: ${messageOf(error)}`, [])
  }
}

/** A document is written by itself, or with its kind beside it. */
function contentOf(data: unknown): unknown {
  return isObject(data) && typeof data.kind === 'string' && isObject(data.content) ? data.content : data
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
