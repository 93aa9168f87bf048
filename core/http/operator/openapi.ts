import { z } from 'zod'
import { API } from './mount.ts'
import type { Need, Route } from './route.ts'

/** Who may ask, in words. */
function needWords(need: Need): string {
  if (typeof need === 'object')
    return need.run === 'read' ? 'Officers whom the run concerns.' : 'The CSIRT, or the officers of the NGI whose sites alone take part.'
  return { oneself: 'Everybody with an account.', office: 'Officers.', instance: 'The CSIRT.' }[need]
}

/** The document of the API (OpenAPI 3.1.1), made from the routes: https://spec.openapis.org/oas/v3.1.1.html */
export function openApi(routes: readonly Route[], origin: string): object {
  const paths: Record<string, Record<string, object>> = {}
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
    security: [{ token: [] }],
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token that you make in Settings.' } } },
  }
}

function operationOf(route: Route): object {
  const inPerson = route.kind === 'acting' && route.inPerson ? ' A person has to do it on the page: no token can.' : ''
  const answers = {
    200: { description: 'Done.', content: contentOf(route) },
    401: fault('Who asks is not known.'),
    403: fault('Not for this role.'),
    404: fault('There is no such thing, or it is none of yours.'),
    422: fault('What was sent cannot be taken; `problems` names every mistake.'),
  }
  return {
    operationId: route.name,
    summary: route.summary,
    description: `${needWords(route.need)}${inPerson}`,
    parameters: [...pathParameters(route.path), ...(route.kind === 'acting' ? [] : queryParameters(route.query))],
    ...(route.kind === 'acting' && {
      requestBody: { required: true, content: json(z.toJSONSchema(route.body, { io: 'input', unrepresentable: 'any' })) },
    }),
    responses: answers,
  }
}

function contentOf(route: Route): object {
  if (route.kind === 'giving') return { '*/*': { schema: { type: 'string', format: 'binary' } } }
  return json(z.toJSONSchema(route.answer, { io: 'output', unrepresentable: 'any' }))
}

function json(schema: object): object {
  return { 'application/json': { schema } }
}

function fault(description: string): object {
  const schema = {
    type: 'object',
    properties: { error: { type: 'string' }, problems: { type: 'array', items: { type: 'string' } } },
    required: ['error'],
  }
  return { description, content: json(schema) }
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
}

function queryParameters(schema: z.ZodType): object[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, object> }
  return Object.entries(properties).map(([name, of]) => ({ name, in: 'query', required: false, schema: of }))
}
