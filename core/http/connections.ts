import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export type Bounds = {
  connections: number
  /** Until the headers are here, from the connection on, or from their first byte. */
  headersMs: number
  /** Until the body is here as well. */
  requestMs: number
  /** How often the two are looked after. Seldom means that thousands are cut in one moment, and come back in one. */
  checkMs: number
}

/** How many connections the kernel may hold ready for us; it takes the lower of this and its own bound (listen(2)). */
export const BACKLOG = 4_096

/**
 * A server that takes at most so many connections, and yet a newcomer gets in: the one that has waited longest for its client is cut
 * for it. A client is waited for until its request is here to the last byte, so that slow ones give way as idle ones do; who waits
 * for our answer is never cut. A connection has one request under way: a second one before the answer ends it.
 * `end` cuts all that are waited for, so that nobody holds up the server's closing.
 */
export function createBoundServer(handle: RequestListener, bounds: Bounds): { server: Server; end(): void } {
  const open = new Set<Socket>()
  /** In the order in which their waiting began. */
  const awaited = new Set<Socket>()
  const asking = new Set<Socket>()
  let ended = false

  const cut = (socket: Socket) => {
    open.delete(socket)
    awaited.delete(socket)
    // A reset leaves nothing behind in this machine's kernel.
    if (!socket.destroyed) socket.resetAndDestroy()
  }
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    if (asking.has(socket)) {
      // First: what the server itself would do with it later, once for each of thousands, costs far more.
      request.destroy()
      return cut(socket)
    }
    asking.add(socket)
    request.once('end', () => {
      // The end of what nobody read, as of a GET, is seen only after the answer.
      if (!response.writableFinished) awaited.delete(socket)
    })
    response.once('finish', () => {
      asking.delete(socket)
      awaited.delete(socket)
      if (open.has(socket)) awaited.add(socket)
    })
    handle(request, response)
  }
  const server = createServer(settingsOf(bounds), answer).on('connection', (socket) => {
    if (ended) return cut(socket)
    open.add(socket)
    awaited.add(socket)
    socket.once('close', () => {
      for (const sockets of [open, awaited, asking]) sockets.delete(socket)
    })
    const [oldest] = awaited
    if (open.size > bounds.connections && oldest !== undefined) cut(oldest)
  })
  server.setTimeout(15_000)
  server.maxRequestsPerSocket = 10_000
  const end = () => {
    ended = true
    for (const socket of awaited) cut(socket)
  }
  return { server, end }
}

function settingsOf({ headersMs, requestMs, checkMs }: Bounds) {
  return {
    maxHeaderSize: 8_192,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: 5_000,
  }
}

/** For what is no HTTP, or comes too slowly. Thousands may be cut in one moment, so that who was slow is not told. */
export function refuseBytes(error: Error & { code?: string }, socket: Socket): void {
  if (socket.destroyed) return
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return void socket.resetAndDestroy()
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  socket.destroy()
}

/** What one process carries, and at most two thirds of the files that it may open; see proc_pid_limits(5). */
export function affordableConnections(): number {
  return Math.min(12_000, Math.floor((openFilesLimit() * 2) / 3))
}

function openFilesLimit(): number {
  try {
    const [, limit] = /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Number(limit ?? Number.POSITIVE_INFINITY)
  } catch {
    return 1_024
  }
}
