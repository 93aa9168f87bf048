import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/**
 * At most so many connections, and yet a newcomer gets in: the one that has waited longest for its client is cut for it. A client
 * is waited for until its request is here to the last byte, so that slow ones give way as idle ones do; who waits for our answer
 * is never cut. A connection has one request under way: who sends a second one before the answer is cut as well.
 */
export function boundConnections(app: FastifyInstance, most: number): void {
  const open = new Set<Socket>()
  /** In the order in which their waiting began. */
  const awaited = new Set<Socket>()
  const asking = new WeakSet<Socket>()

  const forget = (socket: Socket) => {
    open.delete(socket)
    awaited.delete(socket)
  }
  const cut = (socket: Socket) => {
    forget(socket)
    if (socket.destroyed) return
    // A reset leaves nothing behind in this machine's kernel.
    socket.resetAndDestroy()
  }
  app.server.on('connection', (socket) => {
    open.add(socket)
    awaited.add(socket)
    socket.once('close', () => forget(socket))
    const [oldest] = awaited
    if (open.size > most && oldest !== undefined) cut(oldest)
  })
  app.addHook('onRequest', async ({ raw: { socket } }, reply) => {
    if (!asking.has(socket)) return void asking.add(socket)
    reply.hijack()
    cut(socket)
  })
  app.addHook('preHandler', async ({ raw: { socket } }) => void awaited.delete(socket))
  app.addHook('onResponse', async ({ raw: { socket } }) => {
    asking.delete(socket)
    awaited.delete(socket)
    if (open.has(socket)) awaited.add(socket)
  })
}
