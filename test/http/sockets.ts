import { type AddressInfo, connect, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { type AgentParts, createListener } from '../../core/http/listener.ts'

/** A listener on a port of its own, and raw connections to it. */
export function createRig() {
  const apps: FastifyInstance[] = []
  const sockets: Socket[] = []

  async function listen(parts: Partial<AgentParts> = {}) {
    const app = createListener({
      take: async () => ({ word: 'go on' }),
      token: () => '00',
      stopLine: async () => undefined,
      ...parts,
    })
    apps.push(app)
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    return { app, dial: () => dial(port) }
  }

  function dial(port: number) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    sockets.push(socket)
    const connected = new Promise<void>((resolve) => socket.once('connect', resolve))
    let text = ''
    socket.on('data', (data) => (text += data.toString('latin1')))
    const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)))
    return { socket, connected, closed, text: () => text }
  }

  async function close() {
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const app of apps.splice(0)) await app.close()
  }
  return { listen, close }
}

export const health = 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n'
