import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { createListener } from '../../core/http/listener.ts'
import type { Heartbeat, HeartbeatAnswer } from '../../core/ports.ts'

const servers: (FastifyInstance | Server)[] = []

export async function closeServers(): Promise<void> {
  for (const server of servers.splice(0)) await server.close()
}

/** A real listener that keeps what it took. */
export async function listen(token: string, answer: (beat: Heartbeat) => HeartbeatAnswer | Promise<HeartbeatAnswer>) {
  const beats: Heartbeat[] = []
  const app = createListener({
    token: () => token,
    take: async (beat) => {
      beats.push(beat)
      return answer(beat)
    },
  })
  servers.push(app)
  return { beats, url: await app.listen({ host: '127.0.0.1', port: 0 }) }
}

/** A server that answers whatever a test wishes. */
export async function answerAll(status: number, body: string, headers: Record<string, string> = {}) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    request.resume().on('end', () => response.writeHead(status, headers).end(body))
  })
  return { seen, url: await open(server) }
}

/** A proxy that keeps what it was asked for, and reaches nobody. */
export async function openProxy() {
  const asked: string[] = []
  const server = createServer().on('connect', (request, socket) => {
    asked.push(String(request.url))
    socket.end('HTTP/1.1 502 no way\r\n\r\n')
  })
  return { asked, url: await open(server) }
}

async function open(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
