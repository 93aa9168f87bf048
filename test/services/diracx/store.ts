import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Store = { url: string; objects: Map<string, Buffer>; presign(key: string): string; close(): Promise<void> }

/** An object store that takes forms and gives files, with addresses that carry their permission, as S3's presigned ones do. */
export async function startStore(): Promise<Store> {
  const objects = new Map<string, Buffer>()
  const secret = randomUUID()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://store')
      const key = decodeURIComponent(url.pathname.slice(1))
      const isAllowed = url.searchParams.get('X-Amz-Signature') === signatureOf(secret, key) && request.headers.authorization === undefined
      if (request.method === 'GET' && isAllowed && objects.has(key)) response.end(objects.get(key))
      else if (request.method === 'POST') {
        const { fields, file } = readForm(request.headers['content-type'] ?? '', Buffer.concat(chunks))
        const isSigned = fields.policy === signatureOf(secret, fields.key ?? '')
        const isWhole = fields['x-amz-checksum-sha256'] === createHash('sha256').update(file).digest('base64')
        if (isSigned && isWhole) objects.set(fields.key ?? '', file)
        response.writeHead(isSigned && isWhole ? 204 : 403).end(isWhole ? '' : 'BadDigest')
      } else response.writeHead(403).end('AccessDenied')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    objects,
    presign: (key) => `${url}/${encodeURIComponent(key)}?X-Amz-Signature=${signatureOf(secret, key)}`,
    close: () => new Promise((resolve) => server.close(() => resolve(undefined)).closeAllConnections()),
  }
}

/** The form that DiracX would presign for a key. */
export function formFor(store: Store, key: string, checksum: string): { url: string; fields: Record<string, string> } {
  const policy = new URL(store.presign(key)).searchParams.get('X-Amz-Signature') ?? ''
  const sum = Buffer.from(checksum, 'hex').toString('base64')
  return { url: `${store.url}/sandboxes`, fields: { key, policy, 'x-amz-checksum-algorithm': 'sha256', 'x-amz-checksum-sha256': sum } }
}

function signatureOf(secret: string, key: string): string {
  return createHash('sha256').update(`${secret} ${key}`).digest('hex')
}

function readForm(type: string, body: Buffer): { fields: Record<string, string>; file: Buffer } {
  const boundary = /boundary=(\S+)/.exec(type)?.[1] ?? ''
  const fields: Record<string, string> = {}
  let file = Buffer.alloc(0)
  for (const part of body.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const at = part.indexOf('\r\n\r\n')
    const name = /name="([^"]*)"/.exec(part.slice(0, at))?.[1] ?? ''
    const content = part.slice(at + 4, -2)
    if (name === 'file') file = Buffer.from(content, 'latin1')
    else fields[name] = content
  }
  return { fields, file }
}
