import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps, type ServerOptions } from 'node:https'
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net'
import type { HttpSettings } from '../../core/io/http/client.ts'
import type { GridCa } from './grid-ca.ts'

/** Peers on loopback, all closed with all their connections at the end. */
export function openPeers() {
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  const children: ChildProcess[] = []

  async function listen(server: Server): Promise<number> {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    })
    servers.push(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return (server.address() as AddressInfo).port
  }

  return {
    /** Connections that are open at this moment. */
    open: () => sockets.size,
    http: async (answer: RequestListener) => `http://127.0.0.1:${await listen(createHttp(answer))}`,
    https: async (options: ServerOptions, answer: RequestListener) => {
      const server = createHttps(options, answer)
      server.on('tlsClientError', () => {})
      return `https://127.0.0.1:${await listen(server)}`
    },
    tcp: async (onConnection: (socket: Socket) => void) => listen(createTcp(onConnection)),
    /** OpenSSL's own server: unlike that of Node.js it says in an alert why it refuses a certificate. */
    openssl: async (...argv: string[]) => {
      const child = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', '-www', ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
      children.push(child)
      child.stderr.resume()
      let text = ''
      for await (const some of child.stdout) {
        text += some
        const port = /ACCEPT \S+:(\d+)/.exec(text)?.[1]
        if (port) return `https://127.0.0.1:${port}`
      }
      throw new Error(`openssl s_server did not start: ${text}`)
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
      await Promise.all(children.map((child) => end(child)))
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

export type Peers = ReturnType<typeof openPeers>

/** The settings of a call that may reach loopback, unless told otherwise. */
export function settingsOf(ca: Pick<GridCa, 'caFolder'>, more: Partial<HttpSettings> = {}): HttpSettings {
  return {
    caFolder: ca.caFolder,
    hosts: ['127.0.0.1', 'localhost'],
    signal: new AbortController().signal,
    limit: (body) => body(),
    ...more,
  }
}
