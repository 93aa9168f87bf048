import { z } from 'zod'
import { API } from './mount.ts'
import type { Need, Route } from './route.ts'
import { sessionCookie } from './session.ts'

/** A part of JSON Schema, as zod writes it. */
export type Schema = { [word: string]: unknown }
export type Parameter = { name: string; in: 'path' | 'query'; required: boolean; schema: Schema }
type Content = Record<string, { schema: Schema }>
export type Operation = {
  operationId: string
  tags: string[]
  summary: string
  description: string
  security: Record<string, string[]>[]
  parameters: Parameter[]
  requestBody?: { required: true; content: Content }
  responses: Record<string, { description: string; headers?: object; content: Content }>
}
export type Method = 'get' | 'post'
export type OpenApi = {
  openapi: string
  info: { title: string; version: string; description: string }
  servers: { url: string }[]
  security: Record<string, string[]>[]
  tags: { name: string }[]
  paths: Record<string, Partial<Record<Method, Operation>>>
  components: object
}

/** Who may ask, in words. */
function needWords(need: Need): string {
  if (typeof need === 'object')
    return need.run === 'read' ? 'Officers whom the run concerns.' : 'The CSIRT, or the officers of the NGI whose sites alone take part.'
  return { oneself: 'Everybody with an account.', office: 'Officers.', instance: 'The CSIRT.' }[need]
}

/** The document of the API (OpenAPI 3.1.1), made from the routes: https://spec.openapis.org/oas/v3.1.1.html */
export function openApi(routes: readonly Route[], origin: string): OpenApi {
  const paths: OpenApi['paths'] = {}
  for (const route of routes) {
    const path = route.path === '/' ? '/runs' : route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] ??= {}
    paths[path][route.kind === 'acting' ? 'post' : 'get'] = operationOf(route)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Security service challenges',
      version: '1',
      description: 'The same that the pages show and do. Times are in ms since 1970.',
    },
    servers: [{ url: `${origin}${API}` }],
    security: [{ token: [] }, { session: [] }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Fault },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token that you make in Settings.' },
        session: {
          ...{ type: 'apiKey', in: 'cookie', name: sessionCookie(origin.startsWith('https:')).name },
          description: 'A person who is signed in. What is sent brings the form token of a page in the header x-ssc-form, too.',
        },
      },
    },
  }
}

const Fault = {
  type: 'object',
  description: '`error` says what to do; `problems` names every mistake.',
  properties: { error: { type: 'string' }, problems: { type: 'array', items: { type: 'string' } } },
  required: ['error'],
}

/** Operations are told apart by what they are about: the beginning of their path. */
function tagOf({ path }: Route): string {
  return path.split('/')[1] || 'runs'
}

function operationOf(route: Route): Operation {
  const isInPerson = route.kind === 'acting' && route.inPerson === true
  return {
    operationId: route.name,
    tags: [tagOf(route)],
    summary: route.summary,
    description: `${needWords(route.need)}${isInPerson ? ' It takes a person at the page: asked here, it answers 403.' : ''}`,
    security: isInPerson ? [{ session: [] }] : [{ token: [] }, { session: [] }],
    parameters: [...pathParameters(route.path), ...(route.kind === 'acting' ? [] : queryParameters(route.query))],
    ...(route.kind === 'acting' && { requestBody: { required: true as const, content: bodyOf(route) } }),
    responses: { ...(!isInPerson && { 200: { description: 'Done.', content: contentOf(route) } }), ...faults(route) },
  }
}

function bodyOf(route: Route & { kind: 'acting' }): Content {
  const schema = schemaOf(route.body, 'input')
  return { ...json(schema), ...(route.uploads && { 'multipart/form-data': { schema } }) }
}

function contentOf(route: Route): Content {
  return route.answer === undefined ? { '*/*': { schema: { type: 'string', format: 'binary' } } } : json(schemaOf(route.answer, 'output'))
}

/** The document itself says which JSON Schema is meant. */
function schemaOf(type: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any' })
  return schema
}

function json(schema: Schema): Content {
  return { 'application/json': { schema } }
}

function faults(route: Route): Operation['responses'] {
  const fault = (description: string) => ({ description, content: json({ $ref: '#/components/schemas/Fault' }) })
  const seconds = { 'Retry-After': { description: 'After how many seconds to try again.', schema: { type: 'integer' } } }
  return {
    401: fault('Who asks is not known; or the token is withdrawn, or over.'),
    403: fault('Not for this role.'),
    404: fault('There is no such thing, or it is none of yours.'),
    ...(route.kind === 'acting' && { 409: fault('Not possible as things stand.') }),
    422: fault('What was sent cannot be taken: problems names every mistake.'),
    429: { ...fault('Too much at once.'), headers: seconds },
    503: fault('Not possible just now: try again later.'),
  }
}

function pathParameters(path: string): Parameter[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
}

function queryParameters(type: z.ZodType): Parameter[] {
  const { properties = {}, required = [] } = schemaOf(type, 'input') as { properties?: Record<string, Schema>; required?: string[] }
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }))
}
