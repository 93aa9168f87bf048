import Fastify, { type FastifyInstance } from 'fastify'
import { messageOf } from '../domain/errors.ts'

/** Faces the officers, on a port of its own. */
export function createOperator(parts: {
  runs(): Promise<unknown>
  log(message: string, data?: Record<string, unknown>): void
}): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit: 64 * 1024, requestTimeout: 10_000 })
  app.get('/health', async () => ({ ok: true }))
  app.get('/runs', async () => parts.runs())
  app.setErrorHandler((error, _request, reply) => {
    parts.log('a request of an officer failed', { reason: messageOf(error) })
    return reply.code(500).send({ error: 'this failed; the log of `ssc serve` says why' })
  })
  return app
}
