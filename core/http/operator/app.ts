import cookie from '@fastify/cookie'
import multipart from '@fastify/multipart'
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import { createBuckets, neighbourhoodOf } from '../bucket.ts'
import { affordableConnections, refuseBytes } from '../connections.ts'
import { serveAssets } from './assets.ts'
import { boundCrowd, type Crowd } from './crowd.ts'
import { serveEntrance } from './entrance/entrance.ts'
import type { OpenId } from './entrance/openid.ts'
import { NotAllowedError } from './errors.ts'
import { answerError } from './faults.ts'
import { acceptForms } from './forms.ts'
import { createGuard } from './guard.ts'
import { serveLive } from './live.ts'
import { API, mountRoutes } from './mount.ts'
import { openApi } from './openapi.ts'
import { PACES, type Paces } from './paces.ts'
import { serveReference } from './reference.ts'
import type { Office, Route } from './route.ts'
import { routes } from './routes.ts'
import { openSessions } from './session.ts'

export type OperatorParts = Office & {
  openIdProvider?: OpenId
  /** PEM. */
  tls?: { key: string; cert: string }
  /** Addresses of proxies, whose word on who asks counts. */
  trustedProxies: readonly string[]
  /** How fast may be asked and changed, where it is not as it is by itself. */
  paces?: Partial<Paces>
  patience?: Patience
  crowd?: Crowd
}

/** How long the headers of a request may take, and all of it; a file of an officer's comes over a slow line, too. */
export type Patience = { headersMs: number; requestMs: number; checkMs: number }
const PATIENCE: Patience = { headersMs: 15_000, requestMs: 90_000, checkMs: 5_000 }

/** A browser opens some; each board that is looked at keeps one. */
const CROWD: Crowd = { most: 2_000, mostEach: 500 }

const MOST_BODY_BYTES = 256 * 1024
const UPLOADS = { files: 6, fileSize: 64 * 1024 * 1024, fields: 20, fieldSize: 256 * 1024, parts: 30 }

/** Faces the officers and those who read reports, on a port of its own. */
export async function createOperator(parts: OperatorParts): Promise<FastifyInstance> {
  const { instance, origin } = parts
  const paces = { ...PACES, ...parts.paces }
  const app = openServer(parts)
  boundCrowd(app.server, parts.crowd ?? affordable(), parts.trustedProxies)
  const sessions = openSessions({ accounts: instance.accounts, clock: instance.clock, isSecure: origin.startsWith('https:') })
  await app.register(cookie)
  acceptForms(app)
  const mayAsk = createBuckets(paces.addresses)
  app.addHook(
    'onRequest',
    createGuard(origin, (address) => mayAsk(neighbourhoodOf(address))),
  )
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, { request, reply, log: parts.log, sessions }))
  app.setNotFoundHandler(() => {
    throw new NotAllowedError(404, 'There is nothing at this address.')
  })
  serveWatched(app, instance)
  const document = openApi(routes, origin)
  const text = JSON.stringify(document)
  app.get(`${API}/openapi.json`, async (_request, reply) => reply.type('application/json; charset=utf-8').send(text))
  serveReference(app, { document, sessions })
  await app.register(serveAssets)
  await app.register(serveEntrance, { office: parts, sessions, paces, ...(parts.openIdProvider && { openid: parts.openIdProvider }) })
  serveLive(app, { office: parts, sessions })
  const mounted = { office: parts, sessions, paces }
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

function openServer({ tls, trustedProxies, patience = PATIENCE }: OperatorParts): FastifyInstance {
  const waiting = { headersTimeout: patience.headersMs, requestTimeout: patience.requestMs, connectionsCheckingInterval: patience.checkMs }
  return Fastify({
    logger: false,
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: patience.requestMs,
    clientErrorHandler: refuseBytes,
    // Browsers hold connections open on which they never asked anything: the end would wait for them.
    forceCloseConnections: true,
    trustProxy: [...trustedProxies],
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    ...(tls ? { https: { ...tls, ...waiting, minVersion: 'TLSv1.2' as const } } : { http: waiting }),
  })
}

function affordable(): Crowd {
  const most = Math.min(CROWD.most, Math.floor(affordableConnections() / 4))
  return { most, mostEach: Math.min(CROWD.mostEach, most) }
}

/** For whoever watches: whether the process lives, and whether its store answers. */
function serveWatched(app: FastifyInstance, { db }: OperatorParts['instance']): void {
  app.get('/health', async () => ({ ok: true }))
  app.get('/ready', async (_request, reply) => {
    const isReady = await db.query('select 1').then(
      () => true,
      () => false,
    )
    return reply.code(isReady ? 200 : 503).send({ ok: isReady })
  })
}
