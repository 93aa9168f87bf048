import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { HeartbeatBody } from '../../core/domain/heartbeat.ts'

const servers: Server[] = []

export async function closeServers(): Promise<void> {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

export type Answer = string | Buffer | { status: number; body?: string | Buffer }

export type Listening = {
  url: string
  /** The heartbeats with a good signature, in their order. */
  beats: HeartbeatBody[]
  /** Every request that was no heartbeat: method and path. */
  others: string[]
}

/** A listener that checks each heartbeat as the real one does, and answers what the test says; `file` is at every other path. */
export async function listen(
  token: string,
  answer: (beat: HeartbeatBody) => Answer | Promise<Answer>,
  file: () => Answer = () => ({ status: 404 }),
): Promise<Listening> {
  const beats: HeartbeatBody[] = []
  const others: string[] = []
  async function reply(request: IncomingMessage): Promise<Answer> {
    const body = await buffer(request)
    if (request.method !== 'POST' || request.url !== '/v1/heartbeat') {
      others.push(`${request.method} ${request.url}`)
      return file()
    }
    const wanted = createHmac('sha256', Buffer.from(token, 'hex')).update(body).digest('hex')
    if (request.headers['x-ssc-signature'] !== wanted) return { status: 403, body: 'no' }
    const beat = HeartbeatBody.parse(JSON.parse(body.toString()))
    beats.push(beat)
    return answer(beat)
  }
  const server = createServer(async (request, response) => {
    const given = await reply(request).catch((error) => ({ status: 500, body: String(error) }))
    const { status, body = '' } = typeof given === 'string' || Buffer.isBuffer(given) ? { status: 200, body: given } : given
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body)
  })
  return { beats, others, url: await open(server) }
}

/** A server that answers whatever a test wishes; with several statuses, each heartbeat gets the next. */
export async function answerAll(status: number | readonly number[], body: string | Buffer, headers: Record<string, string> = {}) {
  const seen: string[] = []
  const statuses = [status].flat()
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    const beats = seen.filter((one) => one.startsWith('POST')).length
    const turn = statuses[(beats - 1) % statuses.length] ?? 404
    request.resume().on('end', () => response.writeHead(turn, headers).end(body))
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

/** Gives one answer after the other, and `go on` when there is none left. */
export function inTurn(answers: readonly Answer[]): () => Answer {
  const rest = [...answers]
  return () => rest.shift() ?? 'go on'
}
