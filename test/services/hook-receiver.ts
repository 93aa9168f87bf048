import { webcrypto } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What came, checked as the specification tells receivers to. */
export type Came = {
  id: string
  type: string
  timestamp: string
  data: Record<string, unknown>
  text: string
  isSigned: boolean
  path: string
}
export type Receiver = {
  url: string
  port: number
  came: Came[]
  /** What is answered from now on; as long as nothing else is said, 204. */
  answer(how: (response: ServerResponse, came: Came) => void): void
  close(): Promise<void>
}

export const SECRET = `whsec_${Buffer.from('a secret of 32 bytes, for tests.').toString('base64')}`

/** A receiver of webhooks on loopback; `port`: where another one was before. */
export async function openReceiver(port = 0): Promise<Receiver> {
  const came: Came[] = []
  let answer = (response: ServerResponse, _came: Came): void => void response.writeHead(204).end()
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const text = Buffer.concat(parts).toString('utf8')
    const header = (name: string) => String(request.headers[name] ?? '')
    const [id, at, signature] = [header('webhook-id'), header('webhook-timestamp'), header('webhook-signature')]
    const isSigned = await isGood(signature, `${id}.${at}.${text}`, SECRET)
    const { type, timestamp, data } = JSON.parse(text) as Pick<Came, 'type' | 'timestamp' | 'data'>
    const isFresh = Math.abs(Date.now() / 1_000 - Number(at)) < 300
    const one = { id, type, timestamp, data, text, isSigned: isSigned && isFresh, path: request.url ?? '' }
    came.push(one)
    answer(response, one)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const own = (server.address() as AddressInfo).port
  return {
    ...{ came, port: own, url: `http://127.0.0.1:${own}/hook` },
    answer: (how) => {
      answer = how
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** By another road than the sender's: WebCrypto, and no code of ours. */
async function isGood(header: string, content: string, secret: string): Promise<boolean> {
  const raw = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const key = await webcrypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  const all = header.split(' ').map((one) => one.split(','))
  const checks = all.map(([version, value = '']) =>
    version === 'v1' ? webcrypto.subtle.verify('HMAC', key, Buffer.from(value, 'base64'), Buffer.from(content)) : false,
  )
  return (await Promise.all(checks)).some(Boolean)
}
