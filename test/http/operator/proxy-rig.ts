import { once } from 'node:events'
import { request as ask, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type RigProxy = { port: number; close(): Promise<void> }

/** A real reverse proxy on loopback: it keeps the Host that it was asked for in X-Forwarded-Host, and says who asked, as common ones do. */
export async function openProxy(to: number, host: string): Promise<RigProxy> {
  const server = createServer((request, response) => {
    const before = request.headers['x-forwarded-for']
    // Whose words these are the proxy knows from its own socket; the test names another address for each client.
    const client = String(request.headers['x-test-client'])
    const headers = {
      ...request.headers,
      host: `127.0.0.1:${to}`,
      'x-forwarded-for': before === undefined ? client : `${String(before)}, ${client}`,
      'x-forwarded-host': host,
      'x-forwarded-proto': 'https',
    }
    const onward = ask({ host: '127.0.0.1', port: to, method: request.method, path: request.url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port: (server.address() as AddressInfo).port, close }
}

/** With headers that `fetch` would not send. */
export function askRaw(port: number, path: string, headers: Record<string, string>): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    ask({ host: '127.0.0.1', port, path, headers }, async (answer) => {
      let text = ''
      for await (const some of answer.setEncoding('utf8')) text += some
      resolve({ status: answer.statusCode, text })
    })
      .on('error', reject)
      .end()
  })
}
