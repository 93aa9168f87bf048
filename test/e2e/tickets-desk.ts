import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { z } from 'zod'
import { openPlace } from '../services/grid.ts'

const Found = z.object({ items: z.array(z.object({ id: z.coerce.string() })) })
const Ticket = z.object({ Status: z.string(), Subject: z.string() })
const History = z.object({ items: z.array(z.object({ id: z.coerce.string(), Type: z.string() })) })

export type Desk = {
  /** Where the framework finds it: a way to the real RT that can lose answers. */
  url: string
  tokenFile: string
  /** From now on a new ticket is made, and nobody is told of it; gives how often that was so. */
  loseAnswers(on: boolean): number
  tickets(): Promise<string[]>
  look(ticket: string): Promise<z.infer<typeof Ticket>>
  /** What was written in it, of all sides. */
  entries(ticket: string): Promise<string[]>
  replyAsSite(ticket: string, text: string): Promise<void>
  setStatus(ticket: string, status: string): Promise<void>
  close(): Promise<void>
}

/** A real RT 5. The site's account is `site@site.example`. */
export async function openDesk(): Promise<Desk> {
  const place = await openPlace()
  const { RT_URL = '', RT_ROBOT = '', RT_SITE = '' } = await place.start('rt')
  const way = await openWay(new URL(RT_URL).origin)
  const call = async (path: string, { as = RT_ROBOT, ...init }: RequestInit & { as?: string } = {}) => {
    const headers = { Authorization: `token ${readFileSync(as, 'utf8').trim()}`, 'Content-Type': 'application/json' }
    const answer = await fetch(`${RT_URL}${path}`, { ...init, headers })
    if (!answer.ok) throw new Error(`RT answered ${answer.status} to ${path}`)
    return answer.json() as Promise<unknown>
  }
  return {
    ...{ url: way.url, tokenFile: RT_ROBOT, loseAnswers: way.loseAnswers },
    tickets: async () =>
      Found.parse(await call(`/tickets?${new URLSearchParams({ query: "Queue='exercise'", per_page: '100' })}`)).items.map(({ id }) => id),
    look: async (ticket) => Ticket.parse(await call(`/ticket/${ticket}`)),
    entries: async (ticket) => {
      const { items } = History.parse(await call(`/ticket/${ticket}/history?${new URLSearchParams({ fields: 'Type', per_page: '100' })}`))
      return items.map(({ Type }) => Type).filter((type) => type === 'Create' || type === 'Correspond')
    },
    replyAsSite: async (ticket, text) => {
      const body = JSON.stringify({ Content: text, ContentType: 'text/plain' })
      await call(`/ticket/${ticket}/correspond`, { as: RT_SITE, method: 'POST', body })
    },
    setStatus: async (ticket, status) =>
      void (await call(`/ticket/${ticket}`, { method: 'PUT', body: JSON.stringify({ Status: status }) })),
    close: async () => {
      await way.close()
      await place.close()
    },
  }
}

/** Hands requests on to RT, and its answers back unless they are to be lost. */
async function openWay(origin: string): Promise<Pick<Desk, 'url' | 'loseAnswers'> & { close(): Promise<void> }> {
  let loses = false
  let lost = 0
  const sockets = new Set<Socket>()
  const server = createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = await request.toArray()
      const { host: _, connection: __, 'content-length': ___, 'transfer-encoding': ____, ...headers } = request.headers
      const { method = 'GET', url = '/' } = request
      const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}
      const answer = await fetch(`${origin}${url}`, { method, headers: headers as Record<string, string>, ...body })
      const text = await answer.text()
      if (loses && method === 'POST' && url.endsWith('/ticket')) {
        lost += 1
        return
      }
      const {
        'content-encoding': _c,
        'content-length': _l,
        'transfer-encoding': _t,
        connection: _n,
        ...kept
      } = Object.fromEntries(answer.headers)
      response.writeHead(answer.status, kept).end(text)
    } catch {
      response.destroy()
    }
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswers: (on) => {
      loses = on
      return lost
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
