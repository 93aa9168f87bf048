import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import type { Access } from '../../core/domain/event.ts'
import type { Prober } from '../../core/domain/submitter.ts'

export type Behaviour = 'lets in' | 'refuses' | 'hangs'
/** One service on loopback, which lets each identity in or not after a while. */
export type Door = { endpoint: string; behaviour: Map<string, Behaviour>; asked: { subject: string; at: number }[] }
export type Doors = { doors: Door[]; open(): number; close(): Promise<void> }

/** So many services in this process, which answer after `answerMs`; an identity that nobody spoke of is let in. */
export async function openDoors(count: number, answerMs: number): Promise<Doors> {
  const sockets = new Set<import('node:net').Socket>()
  const opened = await Promise.all(Array.from({ length: count }, () => openDoor(answerMs, sockets)))
  return {
    doors: opened.map(({ door }) => door),
    open: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await Promise.all(opened.map(({ server }) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

async function openDoor(answerMs: number, sockets: Set<import('node:net').Socket>): Promise<{ door: Door; server: Server }> {
  const door: Door = { endpoint: '', behaviour: new Map(), asked: [] }
  const server = createServer((request, response) => {
    const subject = String(request.headers['x-subject'])
    door.asked.push({ subject, at: Date.now() })
    const behaviour = door.behaviour.get(subject) ?? 'lets in'
    if (behaviour === 'hangs') return
    setTimeout(() => response.writeHead(behaviour === 'refuses' ? 403 : 200).end(behaviour), answerMs)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  door.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { door, server }
}

/** Asks a door, as a plug-in would. */
export function doorProber(timeoutMs: number): Prober {
  return {
    name: 'door',
    summary: 'Asks a service of a test',
    serviceTypes: ['example.noop'],
    atOnce: 512,
    options: z.object({}),
    check: async () => [],
    probe: async ({ endpoint, identity }, ctx) => {
      try {
        const headers = { 'x-subject': identity }
        const { status, body } = await ctx.request({ method: 'GET', url: `${endpoint}/`, headers, auth: 'none', timeoutMs })
        return { access: accessOf(status), words: `${status} ${body}` }
      } catch (error) {
        return { access: 'unreachable', words: String(error) }
      }
    },
  }
}

function accessOf(status: number): Access {
  if (status === 403) return 'refused'
  return status === 200 ? 'accepted' : 'unknown'
}
