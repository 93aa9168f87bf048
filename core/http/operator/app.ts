import cookie from '@fastify/cookie'
import multipart from '@fastify/multipart'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { InputError, messageOf, RefusedError, TransientError } from '../../domain/errors.ts'
import { isLoopback } from '../../domain/loopback.ts'
import { serveAssets } from './assets.ts'
import { serveEntrance } from './entrance/entrance.ts'
import type { OpenId } from './entrance/openid.ts'
import { NotAllowedError } from './errors.ts'
import { serveLive } from './live.ts'
import { API, mountRoutes, type Paces } from './mount.ts'
import { openApi } from './openapi.ts'
import { ACTS, READS } from './paces.ts'
import { serveReference } from './reference.ts'
import { renderPage } from './render.ts'
import type { Office, Route } from './route.ts'
import { routes } from './routes.ts'
import { openSessions, type Sessions } from './session.ts'

export type OperatorParts = Office & {
  openIdProvider?: OpenId
  /** PEM. */
  tls?: { key: string; cert: string }
  /** Addresses of proxies, whose word on who asks counts. */
  trustedProxies: readonly string[]
  /** How fast one person may ask and change. */
  paces?: Paces
}

const MOST_BODY_BYTES = 256 * 1024
const UPLOADS = { files: 6, fileSize: 64 * 1024 * 1024, fields: 20, fieldSize: 256 * 1024, parts: 30 }

/** Faces the officers and those who read reports, on a port of its own. */
export async function createOperator(parts: OperatorParts): Promise<FastifyInstance> {
  const { instance, origin, tls, trustedProxies } = parts
  const app = Fastify({
    logger: false,
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: 30_000,
    // Browsers hold connections open on which they never asked anything: the end would wait for them.
    forceCloseConnections: true,
    trustProxy: [...trustedProxies],
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    ...(tls && { https: tls }),
  })
  const sessions = openSessions({ accounts: instance.accounts, clock: instance.clock, isSecure: origin.startsWith('https:') })
  await app.register(cookie)
  acceptForms(app)
  app.addHook('onRequest', async (request, reply) => guard(request, reply, origin))
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, { request, reply, parts, sessions }))
  app.setNotFoundHandler(() => {
    throw new NotAllowedError(404, 'There is nothing at this address.')
  })
  app.get('/health', async () => ({ ok: true }))
  app.get('/ready', async (_request, reply) => {
    const isReady = await instance.db.query('select 1').then(
      () => true,
      () => false,
    )
    return reply.code(isReady ? 200 : 503).send({ ok: isReady })
  })
  const document = openApi(routes, origin)
  app.get(`${API}/openapi.json`, async () => document)
  serveReference(app, { document, sessions })
  await app.register(serveAssets)
  await app.register(serveEntrance, { office: parts, sessions, ...(parts.openIdProvider && { openid: parts.openIdProvider }) })
  serveLive(app, { office: parts, sessions })
  const mounted = { office: parts, sessions, paces: parts.paces ?? { reads: READS, acts: ACTS } }
  const takesFiles = (route: Route) => route.kind === 'acting' && route.uploads === true
  mountRoutes(
    app,
    routes.filter((route) => !takesFiles(route)),
    mounted,
  )
  // Files are read for these alone.
  await app.register(async (scope) => {
    await scope.register(multipart, { attachFieldsToBody: 'keyValues', limits: UPLOADS })
    mountRoutes(scope, routes.filter(takesFiles), mounted)
  })
  return app
}

/** Fields that come more than once are lists; nothing else has a shape. */
function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async (_request: FastifyRequest, body: string) => {
    const fields = new Map<string, string | string[]>()
    for (const [name, value] of new URLSearchParams(body)) {
      const before = fields.get(name)
      fields.set(name, before === undefined ? value : [before, value].flat())
    }
    return Object.fromEntries(fields)
  })
}

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Nothing from elsewhere, and nothing for elsewhere. */
async function guard(request: FastifyRequest, reply: FastifyReply, origin: string): Promise<unknown> {
  reply.headers({
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
    ...(origin.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000' }),
  })
  const own = new URL(origin)
  if (request.host !== own.host) {
    const isNear = isLoopback(own.hostname) && isLoopback(request.hostname)
    // A name of somebody else's that leads here would run their pages as ours (DNS rebinding); passkeys hold for one name alone.
    if (isNear && request.method === 'GET' && !request.url.startsWith(API) && request.url !== '/health')
      return reply.redirect(`${origin}${request.url}`, 307)
    if (!isNear) throw new NotAllowedError(404, `These pages are at ${origin}`)
  }
  const { origin: from, 'sec-fetch-site': site } = request.headers
  const isForeign = (from !== undefined && from !== origin) || (site !== undefined && site !== 'same-origin' && site !== 'none')
  if (request.method !== 'GET' && request.method !== 'HEAD' && isForeign)
    throw new NotAllowedError(403, 'This was sent from another site. Open the page here, and send it from there.')
  return undefined
}

type Failed = { request: FastifyRequest; reply: FastifyReply; parts: OperatorParts; sessions: Sessions }

/** One way in which all faults are told: as a page, or as JSON to those who asked for that. */
async function answerError(error: FastifyError, { request, reply, parts, sessions }: Failed): Promise<unknown> {
  const { status, words, problems } = faultOf(error)
  if (status >= 500) parts.log('a request of an officer failed', { route: request.routeOptions.url ?? '', reason: messageOf(error) })
  reply.code(status)
  if (error instanceof NotAllowedError && error.afterS !== undefined) reply.header('retry-after', error.afterS)
  const isData = request.url.startsWith(API) || /\bjson\b/.test(request.headers['content-type'] ?? '')
  if (isData) return reply.type('application/json; charset=utf-8').send(JSON.stringify({ error: words, problems }))
  const viewer = await sessions.viewerOf(request).catch(() => undefined)
  if (status === 401 && request.method === 'GET') return reply.redirect('/sign-in', 303)
  const page = { title: titles[status] ?? 'Not understood', template: 'problem', view: { words, problems } }
  const frame = { path: request.url.split('?')[0]!, formToken: sessions.formToken(request), ...(viewer && { viewer }) }
  return reply.type('text/html; charset=utf-8').send(renderPage(page, frame))
}

const titles: Record<number, string> = {
  401: 'Sign in first',
  403: 'Not for you',
  404: 'Nothing here',
  409: 'Not possible now',
  413: 'Too much',
  422: 'Not taken',
  429: 'Too fast',
  500: 'This failed',
  503: 'Not now',
}

function faultOf(error: FastifyError): { status: number; words: string; problems: readonly string[] } {
  if (error instanceof NotAllowedError) return { status: error.status, words: error.message, problems: [] }
  if (error instanceof InputError) return { status: 422, words: error.message.split('\n')[0]!, problems: error.problems }
  if (error instanceof RefusedError) return { status: 409, words: error.message, problems: [] }
  if (error instanceof TransientError) return { status: 503, words: error.message, problems: [] }
  const status = error.statusCode ?? 500
  const words =
    status < 500
      ? 'This could not be read. Go back and send it again.'
      : 'This failed on our side; the log of ssc serve says why. Try again.'
  return { status, words, problems: [] }
}
