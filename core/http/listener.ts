import { createHmac, timingSafeEqual } from 'node:crypto'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { z } from 'zod'
import { HeartbeatBody } from '../domain/heartbeat.ts'
import type { Heartbeat, HeartbeatAnswer } from '../ports.ts'

export type ListenerParts = {
  /** Resolves after the commit; rejects when it could not be committed. */
  take(beat: Heartbeat): Promise<HeartbeatAnswer>
  /** The secret of a job in hex, derived from its name, so that an unknown job costs no look-up. */
  token(job: string): string
  maxConnections?: number
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The body's very bytes: what the signature covers. */
    bodyBytes: Buffer | null
  }
}

/** What an agent reads. It obeys the first two only. */
const ANSWERS: Record<HeartbeatAnswer, [status: number, words: string]> = {
  'go on': [200, 'go on'],
  stop: [200, 'stop'],
  repeated: [200, 'go on'],
  old: [409, 'old'],
  unknown: [403, 'no'],
}

/** Faces the sites: takes heartbeats and nothing else, bounded in everything, and logs no body. */
export function createListener({ take, token, maxConnections = 10_000 }: ListenerParts): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: 2_048,
    connectionTimeout: 15_000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5_000,
    maxRequestsPerSocket: 10_000,
    http: { maxHeaderSize: 8_192, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    routerOptions: { maxParamLength: 10 },
    // A type is never guessed and an unknown field never dropped: the signature is over the bytes as they came.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: false } },
  })
  app.server.maxConnections = maxConnections
  app.decorateRequest('bodyBytes', null)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, keepBytes)
  app.addHook('onRequest', refuseEncodedBody)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((_request, reply) => answer(reply, 404, 'not found'))
  app.get('/health', (_request, reply) => answer(reply, 200, 'ok'))
  app.post<{ Body: HeartbeatBody }>('/v1/heartbeat', { schema: { body: bodySchema() } }, async (request, reply) => {
    if (!isSigned(request, token(request.body.job))) return answer(reply, 403, 'no')
    const { at: _, ...beat } = request.body
    return answer(reply, ...ANSWERS[await take(beat)])
  })
  return app
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
  return request.headers['content-encoding'] === undefined ? undefined : answer(reply, 415, 'no encoded body')
}

/** A fixed word for each status: nothing of the request or of our inside comes back. */
function answerError(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): unknown {
  const status = error.statusCode ?? 503
  if (status === 413) return answer(reply, 413, 'too large')
  if (status === 415) return answer(reply, 415, 'not JSON')
  return status < 500 ? answer(reply, 400, 'malformed') : answer(reply, 503, 'later')
}

function answer(reply: FastifyReply, status: number, words: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(words)
}
