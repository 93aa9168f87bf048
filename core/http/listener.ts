import { createHmac, timingSafeEqual } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { z } from 'zod'
import { HeartbeatBody, JobName } from '../domain/heartbeat.ts'
import { STOP_FOLDER } from '../domain/task.ts'
import type { Heartbeat, HeartbeatAnswer } from '../ports.ts'
import { createBucket } from './bucket.ts'
import { affordableConnections, type Bounds, createBoundServer, refuseBytes } from './connections.ts'
import { type GenuineParts, serveGenuine } from './genuine.ts'

export type AgentParts = {
  /** Resolves after the commit; rejects when it could not be committed. */
  take(beat: Heartbeat): Promise<HeartbeatAnswer>
  /** The secret of a job in hex, derived from its name, so that an unknown job costs no look-up. */
  token(job: string): string
  /** The signed line that ends the agents of a run; undefined when there is none. */
  stopLine(run: string): Promise<string | undefined>
  /** Whether nothing is handed out for the run at the moment but its stop: what was signed before a pause waits for its end. */
  isPaused?(run: string): Promise<boolean>
  /** The signed line for a job whose run this machine itself holds to be stopped; asked first, since the store may be dead. */
  lastStop?(job: string): Promise<string | undefined>
  /** The signed line of a run that was stopped, for everybody to fetch. */
  published?(run: string): Promise<string | undefined>
  limits?: Partial<ListenerLimits>
}

/** The page for codes is there when its parts are. */
export type ListenerParts = AgentParts & (GenuineParts | { genuine?: never })

/** What one process can carry, and what an agent never needs. `stopsPerSecond`: how often `published` is asked. */
export type ListenerLimits = Bounds & { stopsPerSecond: number }

const LIMITS = { headersMs: 5_000, requestMs: 10_000, checkMs: 250, stopsPerSecond: 100 }

/** How long a dead store may hold an answer up that does without it. */
const STORE_PATIENCE_MS = 1_000

declare module 'fastify' {
  interface FastifyRequest {
    /** The body's very bytes: what the signature covers. */
    bodyBytes: Buffer | null
  }
}

type Answer = [status: number, words: string]

const LATER: Answer = [503, 'later']
const NOT_FOUND: Answer = [404, 'not found']
/** For a wrong signature and for an unknown job alike: nobody learns which jobs there are. */
const NO: Answer = [403, 'no']

/** Faces the sites: bounded in everything, and logs nothing of what they send. It hands out what was signed elsewhere. */
export function createListener(parts: ListenerParts): FastifyInstance {
  const limits = { connections: affordableConnections(), ...LIMITS, ...parts.limits }
  const app = createApp(limits)
  app.addHook('onRequest', refuseEncodedBody)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((_request, reply) => send(reply, NOT_FOUND))
  app.get('/health', (_request, reply) => send(reply, [200, 'ok']))
  app.post<{ Body: HeartbeatBody }>('/v1/heartbeat', { schema: { body: bodySchema() } }, async (request, reply) =>
    send(reply, isSigned(request, parts.token(request.body.job)) ? await answerOf(parts, request.body) : NO),
  )
  if (parts.published !== undefined) serveStops(app, parts.published, limits.stopsPerSecond)
  if (parts.genuine !== undefined) app.register(serveGenuine, parts)
  return app
}

function createApp(bounds: Bounds): FastifyInstance {
  let bound: ReturnType<typeof createBoundServer> | undefined
  const app = Fastify({
    logger: false,
    bodyLimit: 2_048,
    serverFactory: (handle) => {
      bound = createBoundServer(handle, bounds)
      return bound.server
    },
    clientErrorHandler: refuseBytes,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    // A type is never guessed and an unknown field never dropped: the signature is over the bytes as they came.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: false } },
  })
  app.addHook('preClose', async () => bound?.end())
  app.decorateRequest('bodyBytes', null)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, keepBytes)
  return app
}

/** To a heartbeat that is signed by its job. An agent obeys signed lines alone, so a stop that is not signed is none. */
async function answerOf({ take, lastStop, stopLine, isPaused }: ListenerParts, { at: _, ...beat }: HeartbeatBody): Promise<Answer> {
  const last = await lastStop?.(beat.job).catch(() => undefined)
  if (last !== undefined) {
    // A farewell still counts where the store can take it; the agent is told whether it can or not.
    await Promise.race([take(beat).catch(() => {}), pause(STORE_PATIENCE_MS, undefined, { ref: false })])
    return [200, last]
  }
  const { word, run, task } = await take(beat)
  if (word === 'unknown') return NO
  if (word === 'old') return [409, 'old']
  if (word !== 'stop') {
    const isHeld = task !== undefined && run !== undefined && (await isPaused?.(run))
    return [200, isHeld ? 'go on' : (task ?? 'go on')]
  }
  const line = run === undefined ? undefined : await stopLine(run)
  return line === undefined ? LATER : [200, line]
}

/**
 * As any web server does it with a file. What was found once stays: a stop is never taken back, and so a flood of other names
 * keeps no agent from it.
 */
function serveStops(app: FastifyInstance, published: (run: string) => Promise<string | undefined>, perSecond: number): void {
  const found = new Map<string, string>()
  const mayAsk = createBucket({ perSecond, burst: perSecond })
  app.get<{ Params: { run: string } }>(`${STOP_FOLDER}/:run`, async ({ params: { run } }, reply) => {
    if (!JobName.safeParse(run).success) return send(reply, NOT_FOUND)
    if (!found.has(run) && !mayAsk()) return send(reply, LATER)
    const line = found.get(run) ?? (await published(run))
    if (line === undefined) return send(reply, NOT_FOUND)
    found.set(run, line)
    return send(reply, [200, line])
  })
}

function bodySchema(): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(HeartbeatBody, { target: 'draft-7' })
  return schema
}

function isSigned(request: FastifyRequest, token: string): boolean {
  const given = request.headers['x-ssc-signature']
  if (typeof given !== 'string' || !/^[0-9a-f]{64}$/.test(given) || !request.bodyBytes) return false
  const wanted = createHmac('sha256', Buffer.from(token, 'hex')).update(request.bodyBytes).digest()
  return timingSafeEqual(Buffer.from(given, 'hex'), wanted)
}

function keepBytes(request: FastifyRequest, body: string | Buffer, done: (error: Error | null, value?: unknown) => void): void {
  const bytes = Buffer.from(body)
  request.bodyBytes = bytes
  try {
    done(null, JSON.parse(bytes.toString('utf8')))
  } catch {
    done(Object.assign(new Error('not JSON'), { statusCode: 400 }))
  }
}

async function refuseEncodedBody(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return request.headers['content-encoding'] === undefined ? undefined : send(reply, [415, 'no encoded body'])
}

/** A fixed word for each status: nothing of the request or of our inside comes back. */
function answerError(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): unknown {
  const status = error.statusCode ?? 503
  if (status === 413) return send(reply, [413, 'too large'])
  if (status === 415) return send(reply, [415, 'not JSON'])
  return send(reply, status < 500 ? [400, 'malformed'] : LATER)
}

function send(reply: FastifyReply, [status, words]: Answer): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(words)
}
