import type { FastifyInstance } from 'fastify'
import { assetUrl } from './assets.ts'
import type { Method, OpenApi, Operation } from './openapi.ts'
import { renderPage } from './render.ts'
import type { Sessions } from './session.ts'
import { sampleOf, shapeOf } from './shape.ts'

/** `/api`: the document of the API as a page, for whoever writes a script. Like the document it tells nothing of anybody. */
export function serveReference(app: FastifyInstance, { document, sessions }: { document: OpenApi; sessions: Sessions }): void {
  const view = viewOf(document)
  app.get('/api', async (request, reply) => {
    const viewer = await sessions.viewerOf(request)
    const isSignedIn = viewer?.by === 'session'
    const page = { title: 'API', template: 'api', view: { ...view, isSignedIn, script: assetUrl('api.js') } }
    const frame = { path: '/api', formToken: sessions.formToken(request), ...(viewer && { viewer }) }
    return reply.type('text/html; charset=utf-8').send(renderPage(page, frame))
  })
}

function viewOf({ info, servers, tags, paths }: OpenApi): object {
  const base = servers[0]!.url
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    (['get', 'post'] as const).flatMap((method) => {
      const operation = methods[method]
      return operation === undefined ? [] : [{ path, method, operation }]
    }),
  )
  const groups = tags.map(({ name }) => ({
    name,
    operations: all.filter(({ operation }) => operation.tags.includes(name)).map((one) => operationView(base, one)),
  }))
  return { description: info.description, base, groups }
}

function operationView(base: string, { path, method, operation }: { path: string; method: Method; operation: Operation }): object {
  const { operationId, summary, description, parameters, requestBody, responses, security } = operation
  const body = requestBody?.content['application/json']?.schema
  const answer = responses[200]?.content['application/json']?.schema
  const sample = body === undefined ? '' : JSON.stringify(sampleOf(body), null, 2)
  const isForToken = security.some((one) => 'token' in one)
  return {
    ...{ id: operationId, method, verb: method.toUpperCase(), path, summary, who: description, isForToken },
    takesFiles: requestBody?.content['multipart/form-data'] !== undefined,
    parameters: parameters.map(({ name, in: where, required, schema }) => ({
      ...{ name, where, required, shape: shapeOf(schema), asked: `${operationId}-${name}` },
    })),
    body: body === undefined ? '' : shapeOf(body),
    sample,
    answer: answerWords(responses, answer),
    faults: Object.entries(responses).flatMap(([status, { description: words }]) => (status === '200' ? [] : [{ status, words }])),
    curl: isForToken ? curlOf(`${base}${path}`, method, sample) : '',
  }
}

function answerWords(
  { 200: done }: Operation['responses'],
  schema: Parameters<typeof shapeOf>[0] | undefined,
): ReturnType<typeof shapeOf> | string {
  if (done === undefined) return 'none but 403'
  return schema === undefined ? 'a file' : shapeOf(schema)
}

/** The token comes from a file: whatever stands on a command line everybody on the machine can read. */
function curlOf(url: string, method: Method, sample: string): string {
  const lines = [`curl --fail-with-body -H @token.txt '${url.replaceAll(/\{(\w+)\}/g, (_, name) => name.toUpperCase())}'`]
  if (method === 'post') lines.push(`-H 'Content-Type: application/json'`, `-d '${sample.replaceAll(/\n\s*/g, ' ')}'`)
  return lines.join(' \\\n  ')
}
