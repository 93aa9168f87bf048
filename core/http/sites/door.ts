import Fastify, { type FastifyInstance } from 'fastify'
import { affordableConnections, type Bounds, createBoundServer, refuseBytes } from '../connections.ts'
import { type GenuineParts, serveGenuine } from '../genuine.ts'
import { type AppealParts, serveAppeals } from './appeal-form.ts'
import { type ReportFormParts, serveReportForm, showUnknown } from './report-form.ts'
import { type SitePageParts, serveSitePage } from './site-form.ts'

/** The other pages are there when their parts are. */
export type SitesDoorParts = ReportFormParts & {
  appeals?: AppealParts
  page?: SitePageParts
  genuine?: GenuineParts
  limits?: Partial<Bounds>
}

/** A form with findings takes longer than a heartbeat, and few come at once. */
const LIMITS = { headersMs: 5_000, requestMs: 180_000, checkMs: 1_000 }
const MOST_CONNECTIONS = 500

/** Where people at the sites come to: an app of its own, on a port of its own, that shares nothing with the officers' one. */
export function createSitesDoor(parts: SitesDoorParts): FastifyInstance {
  const bounds = { connections: Math.min(MOST_CONNECTIONS, affordableConnections()), ...LIMITS, ...parts.limits }
  let bound: ReturnType<typeof createBoundServer> | undefined
  const app = Fastify({
    logger: false,
    bodyLimit: 2_048,
    serverFactory: (handle) => {
      bound = createBoundServer(handle, bounds)
      return bound.server
    },
    clientErrorHandler: refuseBytes,
    // For what is no address at all.
    frameworkErrors: (_error, _request, reply) => void showUnknown(reply),
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
  })
  app.addHook('preClose', async () => bound?.end())
  app.get('/health', (_request, reply) => reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send('ok'))
  app.register(serveReportForm, parts)
  if (parts.appeals !== undefined) app.register(serveAppeals, parts.appeals)
  if (parts.page !== undefined) app.register(serveSitePage, parts.page)
  if (parts.genuine !== undefined) app.register(serveGenuine, parts.genuine)
  return app
}
