import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { pythonBool, pythonText } from './python.ts'

export type Envelope = { success: boolean; message: string; data: unknown }
export type Parameters = Record<string, unknown>

type Type = 'int' | 'str' | 'bool' | 'dict' | 'list'
type Method = { verbs: string[]; parameters: Record<string, { type: Type; required?: boolean }>; open?: boolean }

const openapi: { basePath: string; methods: Record<string, Method> } = JSON.parse(
  readFileSync(new URL('./openapi.json', import.meta.url), 'utf8'),
)
const JSON_TYPE = 'application/json'
const MOST_BODY_BYTES = 4 * 1024 * 1024

/** What ends a request before any method sees it, as text/plain. */
export class PlainError extends Error {
  readonly status: number
  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }
}

export function no(message: string, data: unknown = null): Envelope {
  return { success: false, message, data }
}

export function yes(data: unknown, message = ''): Envelope {
  return { success: true, message, data }
}

/** The method's name in the API's description; a path of another kind is not found, a method of no module is forbidden. */
export function methodOf(url: URL): string {
  const name = /^\/api\/(?:v1|latest)\/([a-z_]+\/[a-z_]+)$/.exec(url.pathname)?.[1]
  if (name === undefined) throw new PlainError(404, 'not found')
  if (!Object.hasOwn(openapi.methods, name)) throw new PlainError(403, `ERROR : method ${name.split('/')[1]} is forbidden`)
  return name
}

export function isOpen(method: string): boolean {
  return openapi.methods[method]?.open === true
}

/** The whole header decides, not its kind: `application/json; charset=utf-8` is a form. */
function isExactly(header: string | undefined): boolean {
  return header === JSON_TYPE
}

export async function parametersOf(request: IncomingMessage, url: URL): Promise<Parameters> {
  const body = await bodyOf(request)
  const isJson = isExactly(request.headers['content-type'])
  if (request.method === 'GET') {
    if (isJson) jsonOf(body)
    return fromPairs(url.searchParams)
  }
  return isJson ? (jsonOf(body) as Parameters) : fromPairs(new URLSearchParams(body))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MOST_BODY_BYTES) throw new PlainError(500, 'too large')
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new PlainError(500, `ERROR : received invalid JSON : ${error instanceof Error ? error.message : error}`)
  }
}

function fromPairs(pairs: URLSearchParams): Parameters {
  return Object.fromEntries(
    [...new Set(pairs.keys())].map((key) => {
      const values = pairs.getAll(key)
      return [key, values.length > 1 ? values : values[0]]
    }),
  )
}

/** The checks of the server's decorator: verb, names, types; in an address all comes as text and is cast as Python casts. */
export function checked(method: string, verb: string, given: Parameters): Envelope | Parameters {
  const { verbs, parameters } = openapi.methods[method]!
  if (!verbs.includes(verb)) return no(`expecting ${verbs[0]}, received ${verb}`)
  const strange = Object.keys(given).find((name) => !Object.hasOwn(parameters, name))
  if (strange !== undefined) return no(`Argument error: got an unexpected keyword argument '${strange}'`)
  const missing = Object.keys(parameters).find((name) => parameters[name]!.required && given[name] === undefined)
  if (missing !== undefined) return no(`Argument error: missing a required argument: '${missing}'`)
  const values: Parameters = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === null) continue
    const type = parameters[name]!.type
    const cast = verb === 'GET' ? castText(value, type) : value
    if (!isOf(cast, type)) return no(`Type error: '${name}' must be of type ${type}, got ${pythonText(value)}.`)
    values[name] = cast
  }
  return values
}

export function isEnvelope(value: Envelope | Parameters): value is Envelope {
  return typeof value.success === 'boolean' && 'message' in value
}

function castText(value: unknown, type: Type): unknown {
  if (type === 'list') return [value].flat().map(Number)
  if (type === 'int') return /^-?\d+$/.test(String(value)) ? Number(value) : value
  return type === 'bool' ? pythonBool(String(value)) : value
}

function isOf(value: unknown, type: Type): boolean {
  if (type === 'int') return Number.isInteger(value)
  if (type === 'list') return Array.isArray(value) && value.every(Number.isInteger)
  if (type === 'dict') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof value === (type === 'bool' ? 'boolean' : 'string')
}

/** JSON only for whom it was asked in exactly the right words. */
export function textOf(request: IncomingMessage, envelope: Envelope): string {
  const { accept, 'content-type': type } = request.headers
  return isExactly(accept) || isExactly(type) ? JSON.stringify(envelope) : pythonText(envelope)
}
